"""What the documents that the project began with say, and the command that prints it.

One case for each statement that could not be reached from the command line before: the command,
and words that it must print. Some are there to keep a meaning from being turned round.
"""

from __future__ import annotations

import re

import pytest

from commandline import run

SHOW = {name: f"show {name}" for name in ("trastuzumab", "imatinib", "npc-bolus", "imp321")}
ALDESLEUKIN = "drug aldesleukin"
SHEET = "prepare npc-bolus --weight 70"
ROWS = [
    # Trastuzumab with interleukin-2
    ("that NK cells did not multiply may be why nobody had a benefit", SHOW["trastuzumab"],
     ["NK cells did not multiply", "no benefit"]),
    ("the patients could respond to interleukin-2", SHOW["trastuzumab"],
     ["they could respond to interleukin-2", "interferon-gamma transcripts"]),
    ("trastuzumab is a phase II trial", SHOW["trastuzumab"], ["A phase II trial. No objective"]),
    ("goes on only without progression and without unacceptable toxicity", SHOW["trastuzumab"],
     ["only if neither progression nor unacceptable toxicity"]),
    ("the predecessor had pulmonary reactions", SHOW["trastuzumab"],
     ["two pulmonary reactions of grade 3 and three of grade 4"]),
    # Imatinib with interleukin-2
    ("NK cells carried more HLA-DR, TRAIL and CD56", SHOW["imatinib"],
     ["more HLA-DR, TRAIL and CD56"]),
    ("the ratio of CD4+ to CD8+ went with longer survival", SHOW["imatinib"],
     ["ratio of CD4+ to CD8+ T cells after the first cycle went with longer overall survival"]),
    ("imatinib is a phase I trial without response", SHOW["imatinib"],
     ["A phase I trial. No objective response", "8 of 17 patients, for a median of 12 weeks"]),
    ("imatinib did not change interleukin-2", SHOW["imatinib"],
     ["Imatinib did not change the pharmacokinetics of interleukin-2"]),
    ("what was common was mild to moderate", SHOW["imatinib"],
     ["Fever, chills, fatigue, nausea and raised liver enzymes were common, mild to moderate"]),
    ("later cycles depend on tolerance and on no progression", SHOW["imatinib"],
     ["after the first only if neither intolerance nor progression"]),
    ("imatinib by mouth has a source", SHOW["imatinib"],
     ["route: eudract2007, INCa registry entry"]),
    # Interleukin-2 as a bolus
    ("symptoms were mild to moderate and went quickly", SHOW["npc-bolus"],
     ["Somnolence, malaise, nausea and vomiting, itch, a dry mouth and peeling skin",
      "mild to moderate and went quickly"]),
    # IMP321
    ("IMP321 is a phase I trial of rising doses, ambulatory", SHOW["imp321"],
     ["A phase I trial of rising doses, open label and ambulatory"]),
    ("the rise was seen two weeks after the last injection", SHOW["imp321"],
     ["three-fold two weeks after the last injection"]),
    ("IMP321 is soluble LAG-3", SHOW["imp321"],
     ["soluble fusion protein of LAG-3 (CD223), a ligand of MHC class II"]),
    ("more than 500 injections since 2005", SHOW["imp321"],
     ["more than 500 injections had been given since 2005"]),
    ("IMP321 has a profile", "drug IMP321",
     ["LAG-3 (CD223)", "MHC class II", "250 mcg", "above 6 mg", "at least 24 hours",
      "more than 500 injections since 2005"]),
    ("eftilagimod is IMP321", "drug eftilagimod", ["IMP321 (also: eftilagimod alpha"]),
    # The printed monograph
    ("interleukin-2 has other names", ALDESLEUKIN,
     ["IL-2, ", "interleukin-2, ", "T-cell growth factor", "ETAF", "teceleukin (BG-8301)"]),
    ("natural interleukin-2 is a glycoprotein", ALDESLEUKIN,
     ["133 amino acids", "about 15,000"]),
    ("it has a veterinary code", ALDESLEUKIN, ["QL03AC01"]),
    ("significant activity was lost", "compatible aldesleukin ganciclovir",
     ["significant biological activity was lost"]),
    ("looking and spectrophotometry may be no valid tests of proteins", ALDESLEUKIN,
     ["Looking and spectrophotometry may be no valid tests"]),
    ("nineteen drugs were tested and five lowered the activity", ALDESLEUKIN,
     ["Nineteen drugs", "five of them lowered its activity and fourteen did not", "alex1995",
      "1995;52(21):2423-2426"]),
    ("it was a syringe driver", ALDESLEUKIN, ["plastic syringes that a syringe driver emptied"]),
    ("the authors said that they had used albumin", ALDESLEUKIN,
     ["the authors of the studies said that they had used it"]),
    ("up to 500 mL", ALDESLEUKIN, ["in glucose 5 % with human albumin 0.1 %, up to 500 mL"]),
    ("up to 500 mL on the sheet", f"{SHEET} --preparation aldesleukin=24-hour-infusion",
     ["glucose 5 % with human albumin 0.1 %, up to 500 mL",
      "Keeps: 48 hours from reconstitution, the infusion included"]),
    ("an ampoule of the first standard holds 100 units", ALDESLEUKIN,
     ["first International Standard (1987) holds 100 units"]),
    ("capillary leak syndrome is common, and why", ALDESLEUKIN,
     ["Capillary leak syndrome is common", "Vascular resistance falls", "more permeable"]),
    ("the mental signs", ALDESLEUKIN, ["irritability, depression, confusion, drowsiness"]),
    ("the flu-like symptoms", ALDESLEUKIN,
     ["malaise, rigors, chills, pain in joints and muscles"]),
    ("paracetamol also prophylactically", ALDESLEUKIN, ["paracetamol, also prophylactically"]),
    ("necrosis has occurred", ALDESLEUKIN, ["necrosis has occurred"]),
    ("sepsis possibly after subcutaneous use, and others have not found it", ALDESLEUKIN,
     ["possibly after subcutaneous use, though others have not found this"]),
    ("a lack of own steroids may raise the risk", ALDESLEUKIN,
     ["makes no steroids of its own, the risk of early severe toxicity may be higher"]),
    ("the 99 adults had it intravenously", ALDESLEUKIN, ["99 adults given it intravenously"]),
    ("the 15 children had a continuous infusion", ALDESLEUKIN,
     ["15 children given a continuous infusion"]),
    ("the failure is prerenal", ALDESLEUKIN,
     ["prerenal failure, with hypotension, oliguria, fluid retention", "filtered sodium"]),
    ("the vessels of the kidney narrow", ALDESLEUKIN,
     ["narrowed the vessels of the kidney", "prostaglandins"]),
    ("pseudosystemic sclerosis was one report, and became less", ALDESLEUKIN,
     ["reported once", "less thick after the drug was stopped and corticosteroids were given"]),
    ("sites or organs with metastases", "screen aldesleukin",
     ["Number of metastatic sites (the UK product information counts organs"]),
    # What other sources say, and the monograph did not
    ("the boxed warning", ALDESLEUKIN,
     ["in a hospital with an intensive care unit at hand", "lethargy or somnolence",
      "normal heart and lungs"]),
    ("the interactions", ALDESLEUKIN,
     ["Glucocorticoids may lower its activity", "Antihypertensives", "psychotropic",
      "Contrast media", "dacarbazine, cisplatin, tamoxifen and interferon alfa",
      "rhabdomyolysis"]),
    ("the hold criteria", ALDESLEUKIN,
     ["creatinine 2.5 to 2.9 mg/dL", "creatinine 3 mg/dL or more", "80 to 160 mL of urine a shift",
      "platelets 30 to 50 x 10^9 per L", "[consensus2014, Table 3]"]),
    ("how it is given", SHEET,
     ["Filter: none in the line", "Flush the line with 50 mL of glucose 5 % before and after",
      "what the maker calls an intravenous bolus, then in 50 mL", "no closed-system device"]),
    ("never reduced from high doses on", ALDESLEUKIN,
     ["Never reduced intravenous bolus,", "and intravenous, from 600,000 units/kg"]),
    ("nothing known is no data", "drug cyclophosphamide",
     ["Interactions No data: no source was read for this. It does not mean that there is none."]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("command", "phrases"), [pytest.param(*row[1:], id=row[0]) for row in ROWS]
)
def test_a_statement_can_be_reached(command: str, phrases: list[str]) -> None:
    """The command prints the words, wherever its lines may end."""
    args = [word.replace("24-hour-infusion", "24-hour infusion") for word in command.split()]
    output = " ".join(run(*args).out.split())
    for phrase in phrases:
        assert phrase in output, phrase


@pytest.mark.parametrize("name", SHOW)
def test_no_condition_can_be_read_the_other_way_round(name: str) -> None:
    """`no X or Y` reads as if Y were wished for."""
    output = " ".join(run("show", name).out.split())
    assert not re.search(r"only if no \w+ or ", output)


def test_no_sheet_forbids_saline_or_an_antiemetic_to_the_patient() -> None:
    """Fluids are the treatment of capillary leak; what may not run in one line may be given."""
    result = run("prepare", "npc-bolus", "--weight", "70").out
    assert "Never together" not in result
    for line in result.splitlines():
        if re.match(r" *Not .*(sodium chloride|prochlorperazine)", line):
            assert "this alone is no reason to keep it from the patient" in line
