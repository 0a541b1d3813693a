"""Words that stand for a condition (rule 8) or a medicine (section L) where no code does."""

import pytest

from rules import codes, stems
from rules.codes import Use, ValueSet

STEROID, PD1, IL2 = codes.DRUG_CORTICOSTEROID, codes.DRUG_PD1, codes.DRUG_ALDESLEUKIN


@pytest.mark.parametrize(
    ("text", "value_set", "expected"),
    [
        # word-start: from the start of a word
        pytest.param("melanoma of the back", "melanoma-cutaneous", True, id="start of a word"),
        pytest.param("MELANOMA", "melanoma-cutaneous", True, id="capitals"),
        pytest.param("Melanomatosis", "melanoma-cutaneous", True, id="a longer word"),
        pytest.param("amelanoma", "melanoma-cutaneous", False, id="not the start of the word"),
        pytest.param("(melanoma)", "melanoma-cutaneous", True, id="in brackets"),
        pytest.param("skin-melanoma", "melanoma-cutaneous", True, id="after a hyphen"),
        pytest.param("skin_melanoma", "melanoma-cutaneous", True, id="after an underscore"),
        pytest.param("3melanoma", "melanoma-cutaneous", False, id="after a digit"),
        pytest.param("brain   mets", "brain-metastasis", True, id="several spaces"),
        pytest.param("brain\nmets", "brain-metastasis", True, id="a line break"),
        pytest.param("cerebral oedema", "cns-cerebral-oedema", True, id="British"),
        pytest.param("Cerebral Edema", "cns-cerebral-oedema", True, id="American"),
        # word: a whole word
        pytest.param("in coma since Monday", "cns-coma", True, id="whole word"),
        pytest.param("glaucoma", "cns-coma", False, id="the end of a word"),
        pytest.param("comas", "cns-coma", False, id="the start of a word"),
        pytest.param("coma, deep", "cns-coma", True, id="before a comma"),
        pytest.param("post-coma", "cns-coma", True, id="whole word after a hyphen"),
        pytest.param("CVA 2019", "stroke-sequelae", True, id="capitals, whole word"),
        pytest.param("CVAT tenderness", "stroke-sequelae", False, id="longer than the word"),
        pytest.param("allergy to IL-2", "allergy-aldesleukin", True, id="with a hyphen"),
        pytest.param("allergy to IL-20", "allergy-aldesleukin", False, id="before a digit"),
        # pattern: * stands for letters within one word
        pytest.param("metastasis to brain", "brain-metastasis", True, id="metastasis"),
        pytest.param("metastases to the brain", "brain-metastasis", True, id="metastases"),
        pytest.param("metastatic to brain", "brain-metastasis", False, id="not metastas*"),
        pytest.param("metastases in liver to brain", "brain-metastasis", False, id="two words"),
        # exclude, under set *
        pytest.param("family history of melanoma", "melanoma-cutaneous", False, id="family"),
        pytest.param("FH: melanoma", "melanoma-cutaneous", False, id="family, short"),
        pytest.param("Screening for melanoma", "melanoma-cutaneous", False, id="screening"),
        pytest.param("at risk of seizure", "cns-seizure", False, id="risk"),
        pytest.param("history of melanoma", "melanoma-cutaneous", True, id="the patient's own"),
        # nothing
        pytest.param("", "melanoma-cutaneous", False, id="empty"),
        pytest.param("hypertension", "melanoma-cutaneous", False, id="something else"),
    ],
)
def test_conditions_in_words(text: str, value_set: str, expected: bool) -> None:
    assert (value_set in stems.conditions_named([text])) is expected


def test_several_texts_are_read_each_for_itself() -> None:
    texts = ("family history of seizure", "melanoma", "brain mets")
    assert stems.conditions_named(texts) == {"melanoma-cutaneous", "brain-metastasis"}
    assert stems.conditions_named(()) == frozenset()


def _named(wanted: ValueSet, *texts: str) -> set[str]:
    return {one.name for one in stems.drugs_named(texts) if one.value_set == wanted.name}


@pytest.mark.parametrize(
    ("text", "wanted", "name"),
    [
        pytest.param("prednisone 10 mg oral tablet", STEROID, "prednisone", id="whole word"),
        pytest.param("PREDNISONE", STEROID, "prednisone", id="capitals"),
        pytest.param("10mg prednisone.", STEROID, "prednisone", id="before a full stop"),
        pytest.param("prednisone/tab", STEROID, "prednisone", id="before a slash"),
        pytest.param("prednisonelike", STEROID, None, id="the start of a word"),
        pytest.param("methprednisone", STEROID, None, id="the end of a word"),
        pytest.param("prednisone2", STEROID, None, id="before a digit"),
        pytest.param("2prednisone", STEROID, None, id="after a digit"),
        pytest.param("prednisone cream", STEROID, None, id="an excluded word"),
        pytest.param(
            "prednisone ophthalmic drops", STEROID, None, id="the start of an excluded word"
        ),
        pytest.param("keytruda 100 mg/4 mL", PD1, "keytruda", id="brand"),
        pytest.param("pembrolizumab", PD1, "pembrolizumab", id="ingredient"),
        pytest.param("pembrolizumab companion diagnostic", PD1, None, id="no therapy"),
        pytest.param("PD-L1 expression on nivolumab", PD1, None, id="an assay"),
        pytest.param("pembrolizumab", STEROID, None, id="of another class"),
        pytest.param("il-2 high dose", IL2, "il-2", id="with a hyphen"),
        pytest.param("sil-2r level", IL2, None, id="in a longer word"),
        pytest.param("il-21", IL2, None, id="before a digit, with a hyphen"),
        pytest.param("aldesleukin", IL2, "aldesleukin", id="the drug itself"),
        pytest.param("bempegaldesleukin", IL2, None, id="another drug"),
        pytest.param("", STEROID, None, id="empty"),
    ],
)
def test_medicines_in_words(text: str, wanted: ValueSet, name: str | None) -> None:
    assert _named(wanted, text) == ({name} if name else set())


def test_a_name_says_how_sure_it_is() -> None:
    for text, use in (("aldesleukin", Use.DECIDES), ("il-2", Use.ASKS)):
        found = stems.drugs_named([text])
        assert {one.use for one in found if one.value_set == IL2.name} == {use}


def test_names_and_excluded_words_are_looked_for_in_all_texts_together() -> None:
    assert _named(STEROID, "tablet", "prednisone")
    assert not _named(STEROID, "cream", "prednisone")
    assert not _named(IL2, "il", "-2")
    two = _named(PD1, "pembrolizumab (Keytruda)", "pembrolizumab")
    assert two == {"pembrolizumab", "keytruda"}


@pytest.mark.parametrize(
    ("text", "value_set", "expected"),
    [
        ("hydrocortisone 1 % cream", "drug-systemic-corticosteroid", True),
        ("Hydrocortisone Ointment", "drug-systemic-corticosteroid", True),
        ("fluticasone nasal spray", "drug-systemic-corticosteroid", True),
        ("budesonide inhaler", "drug-systemic-corticosteroid", True),
        ("dexamethasone ophthalmic suspension", "drug-systemic-corticosteroid", True),
        ("hydrocortisone enema", "drug-systemic-corticosteroid", True),
        ("hydrocortisone 10 mg tablet", "drug-systemic-corticosteroid", False),
        ("dexamethasone injection", "drug-systemic-corticosteroid", False),
        ("", "drug-systemic-corticosteroid", False),
        ("diclofenac 1 % gel", "drug-nsaid", True),
        ("diclofenac 1.3 % patch", "drug-nsaid", True),
        ("ketorolac nasal spray", "drug-nsaid", False),
        ("indomethacin suppository", "drug-nsaid", False),
        ("fentanyl nasal spray", "drug-opioid", False),
        ("fentanyl patch", "drug-opioid", False),
        ("buprenorphine, partial antagonist", "drug-opioid", False),
        ("midazolam nasal spray", "drug-sedative-psychotropic", False),
        ("diazepam enema", "drug-sedative-psychotropic", False),
        ("doxepin 5 % cream", "drug-sedative-psychotropic", True),
        ("timolol eye ointment", "drug-beta-blocker", True),
        ("fluorouracil topical", "drug-cardiotoxic", True),
        ("lotion of a drug of no class", "", True),
    ],
)
def test_forms_that_act_locally(text: str, value_set: str, expected: bool) -> None:
    assert stems.is_local_form([text], frozenset({value_set})) is expected


def test_the_local_forms_are_words_of_the_data_file() -> None:
    excluded = {
        word for names in stems._drug_names().values() for n in names for word in n.excluded
    }
    assert excluded >= stems._LOCAL_FORMS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Topical", True),
        ("inhalation", True),
        ("by inhaler", True),
        ("ophthalmic use", True),
        ("otic", True),
        ("Nasal", True),
        ("vaginal", True),
        ("oral", False),
        ("intravenous", False),
        ("narcotic", False),
        ("", False),
    ],
)
def test_routes_that_act_locally_in_words(text: str, expected: bool) -> None:
    assert stems.is_local_route(text) is expected
