"""`python -m il2calc`."""

from il2calc.cli import main

main()
