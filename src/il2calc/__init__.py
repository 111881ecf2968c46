"""il2calc: published interleukin-2 regimens, from a sourced file to a dated schedule."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from il2calc.course import replay as replan
    from il2calc.language import load as load_regimen
    from il2calc.language import monographs
    from il2calc.language.log_file import load as load_log
    from il2calc.model.patient import Patient
    from il2calc.pharmacy.preparation import prepare
    from il2calc.plan.schedule import make as make_schedule
    from il2calc.review.of_course import cautions

__all__ = [
    "Patient",
    "__version__",
    "cautions",
    "load_log",
    "load_regimen",
    "make_schedule",
    "monographs",
    "prepare",
    "replan",
]

__version__ = "0.1.0"

_EXPORTS = {
    "load_regimen": ("il2calc.language", "load"),
    "Patient": ("il2calc.model.patient", "Patient"),
    "make_schedule": ("il2calc.plan.schedule", "make"),
    "load_log": ("il2calc.language.log_file", "load"),
    "replan": ("il2calc.course", "replay"),
    "monographs": ("il2calc.language", "monographs"),
    "prepare": ("il2calc.pharmacy.preparation", "prepare"),
    "cautions": ("il2calc.review.of_course", "cautions"),
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, because most commands need only one of these modules."""
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _EXPORTS[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """Every public name, also those that are not loaded yet."""
    return sorted(__all__)
