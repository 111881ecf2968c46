"""Quantities: what they are, how they are read, written and converted."""

from il2calc.units.factors import convert, same_dimension
from il2calc.units.parse import MINUTES, NUMBER, Span, number, plain_number, quantity, span
from il2calc.units.quantity import AMOUNT_UNITS, COUNTED_UNITS, EXACT, UCUM, Quantity
from il2calc.units.write import exact, plain, rounded, safe, safe_quantity, safe_text, short, ucum

__all__ = [
    "AMOUNT_UNITS",
    "COUNTED_UNITS",
    "EXACT",
    "MINUTES",
    "NUMBER",
    "UCUM",
    "Quantity",
    "Span",
    "convert",
    "exact",
    "number",
    "plain",
    "plain_number",
    "quantity",
    "rounded",
    "safe",
    "safe_quantity",
    "safe_text",
    "same_dimension",
    "short",
    "span",
    "ucum",
]
