"""The small print of turns and closings, deflated: what evidence repeats of the messages is kept once."""

from __future__ import annotations

import zlib

from empa_graph.errors import ContentError

LARGEST = 64 * 1024 * 1024
"""Bytes that one record may unpack to."""
_FAMILIAR = (
    b'{"evaluator":"cues","rubric":"sdt","voice":"card","latent":{"dimensions":["autonomy","competence","relatedness",'
    b'"calm"],"start":[-0.,"target":[0.,"radius":0.3,"position":[-0.,"steps":[]},"persona_state":null,"score":{'
    b'"alignment":0.,"impact":0.,"stability":0.,"alignment_index":0.,"impact_index":0.,"stability_index":0.,'
    b'"composite":,"profile":"balanced","direction":"initial","coverage":1.0,"epmq":{"published":{"rdi":,"etot":,'
    b'"snet":,"rho":,"sproj":,"tau":,"rpos":,"align":,"pen":,"outcome":,"efficiency":,"stability":,"composite":},'
    b'"paper":{"rdi":"unscored":"no agent turn was judged","failure":{"turn":1,"blame":"provider","kind":"timeout",'
    b'"detail":"","seat":"empathic"}}'
    b'"answered_by":"model":"finish_reason":"stop","usage":{"tokens_in":1,"tokens_cached":0,"tokens_out":1}'
    b'"votes":[{"judge":"","items":[{"dimension":"progress":1,"progress_evidence":"regress":1,"regress_evidence":"'
    b'"failure":{"turn":1,"blame":"judge","kind":"judge_invalid","detail":"seat":"evaluator"},"due":false,'
    b'"usage":{"tokens_in":"tokens_cached":"tokens_out":"model":"repaired":true,"increment":null,'
    b'"notes":[{"author":"director","turn":1,"content":"directives":[{"turn":1,"author":"director","action":'
    b'"argument":"reason":"{"name":"anti_phrase"{"name":"overshort","strength":1.0,"evidence":"{"name":"overlong"'
    b'{"name":"interrogation"{"name":"parroting"{"name":"repetition"{"name":"stock_phrase"{"name":"self_turning"'
    b'{"name":"dismissing"{"name":"judging"{"name":"premature_advice"{"name":"safe_handoff"{"name":"permission"'
    b'{"name":"concrete_help"{"name":"warmth"{"name":"affirmation"{"name":"autonomy_support"{"name":"open_question"'
    b'{"name":"validation"{"name":"naming_feeling"{"name":"reflection"{"name":"style_match","strength":0.'
    b'{"name":"unspecific","strength":0."}]}},"persona_state":{"trust":0.0,"openness":0.0,"told":["heard":{'
    b'"style_match":1,"reflection":1,"naming_feeling":1,"validation":1,"open_question":1,"autonomy_support":1,'
    b'"permission":1,"warmth":1,"affirmation":1},"spoken":["open:0","hesitate:1","deflect:1","push_back:1",'
    b'"withdraw:1","soften:1","settle:1","elaborate:1"]}}"persona_state":null}'
    b'{"messages":[{"turn":1,"speaker":"persona","move":"disclose:"},{"turn":1,"speaker":"persona","move":"elaborate"'
    b'},{"turn":1,"speaker":"persona","move":"settle"},{"turn":1,"speaker":"persona","move":"hesitate"},{"turn":1,'
    b'"speaker":"persona","move":"open"},{"turn":1,"speaker":"empathic"}],"step":{"turn":1,"increment":[0.0,0.0,0.0,0.0],"assessment":{"evaluator":"cues","items":[],"cues":['
)
"""Part of the layout of the store: what was packed with it is unpacked with it."""


def packed(text: str, said: str = "") -> bytes:
    """Deflate ``text``, most of which repeats ``said``."""
    press = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_FAMILIAR + said.encode())
    return press.compress(text.encode()) + press.flush()


def unpacked(data: bytes, said: str = "") -> str:
    """Undo `packed`. Raises ContentError for damaged or overlarge data."""
    press = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_FAMILIAR + said.encode())
    try:
        text = press.decompress(data, LARGEST)
        if not press.eof:
            raise ContentError("a stored record is cut off or too large")
        return text.decode()
    except (zlib.error, UnicodeDecodeError):
        raise ContentError("a stored record is damaged") from None
