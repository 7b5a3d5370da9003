"""Microsoft Presidio's patterns on a blank spaCy engine (extra ``distill``): no language model and no network.

Rule: its recognizers by language model are left out; names and places are the matter of `people` and `localities`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from empa_graph.distill.records import Kind
from empa_graph.distill.spans import Span
from empa_graph.errors import MissingExtraError

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer
    from presidio_analyzer.nlp_engine import NlpEngine

KINDS: dict[str, Kind] = {
    "CREDIT_CARD": "card",
    "CRYPTO": "id",
    "EMAIL_ADDRESS": "email",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
    "MAC_ADDRESS": "ip",
    "MEDICAL_LICENSE": "id",
    "PHONE_NUMBER": "phone",
    "UK_NHS": "id",
    "US_BANK_NUMBER": "id",
    "US_DRIVER_LICENSE": "id",
    "US_ITIN": "id",
    "US_PASSPORT": "id",
    "US_SSN": "id",
    "UUID": "id",
}
"""What is taken of it, by our word. DATE_TIME is not: it takes any hour for a date; nor URL: "two.You" is one to it."""
SURE = 0.4
"""Its own confidence from which a match counts, 0 to 1, with the words around it taken into account."""


class Presidio:
    """Finds what Presidio's patterns find."""

    def __init__(self, recognizers: list[EntityRecognizer]) -> None:
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

        registry = RecognizerRegistry(recognizers=recognizers, supported_languages=["en"])
        self._engine = AnalyzerEngine(registry=registry, nlp_engine=_blank(), supported_languages=["en"])

    def __call__(self, text: str, /) -> Iterator[Span]:
        """Yield spans in one message."""
        for found in self._engine.analyze(text, language="en", entities=list(KINDS), score_threshold=SURE):
            yield Span(found.start, found.end, KINDS[found.entity_type])


@lru_cache(maxsize=1)
def presidio() -> Presidio:
    """Return the finder. Raises MissingExtraError where the extra is not installed."""
    try:
        from presidio_analyzer import predefined_recognizers as known
    except ImportError:
        raise MissingExtraError("Presidio is not installed: pip install 'empa-graph[distill]'") from None
    kinds = (
        *(known.CreditCardRecognizer, known.CryptoRecognizer, known.IbanRecognizer, known.IpRecognizer),
        *(known.MacAddressRecognizer, known.MedicalLicenseRecognizer, known.NhsRecognizer, known.PhoneRecognizer),
        *(known.UsBankRecognizer, known.UsItinRecognizer, known.UsLicenseRecognizer, known.UsPassportRecognizer),
        *(known.UsSsnRecognizer, known.UuidRecognizer),
    )
    return Presidio([*(kind() for kind in kinds), _email()])


def _email() -> EntityRecognizer:
    """Return the recognizer that asks for the list of public suffixes, with the copy of it that is installed."""
    import tldextract
    from presidio_analyzer.predefined_recognizers import EmailRecognizer

    suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    class Email(EmailRecognizer):
        def validate_result(self, pattern_text: str) -> bool:
            return bool(suffixes(pattern_text).top_domain_under_public_suffix)

    return Email()


def _blank() -> NlpEngine:
    """Return spaCy's tokenizer alone as Presidio's engine of language."""
    import spacy
    from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine

    words = spacy.blank("en")

    class Blank(SpacyNlpEngine):
        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
            self.nlp = {"en": words}  # type: ignore[assignment]

        def load(self) -> None:
            pass

        def process_text(self, text: str, language: str) -> NlpArtifacts:
            found = words.make_doc(text)
            return NlpArtifacts(
                entities=[],
                tokens=found,
                tokens_indices=[word.idx for word in found],
                # A blank engine knows no lemmas: words in small letters stand for them.
                lemmas=[word.lower_ for word in found],
                nlp_engine=self,
                language=language,
            )

    return Blank()
