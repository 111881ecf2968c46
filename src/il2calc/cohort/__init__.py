"""The same plan for many patients at once, exact; only this package imports numpy and pyarrow."""
