"""The verbs: options in, lines out, and the exit code."""

__all__ = ["main"]


def main() -> None:
    """Run the process's own command line."""
    import gc

    gc.disable()  # A command ends before collecting would pay; it is a tenth of its start-up.
    try:
        from il2calc.cli.app import run

        run()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
