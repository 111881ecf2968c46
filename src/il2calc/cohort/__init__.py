"""The same plan for many bodies at once, exact; numpy and pyarrow are imported in its modules."""
