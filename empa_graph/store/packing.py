"""Records as they are stored: JSON, deflated against what nearly every record holds."""

from __future__ import annotations

import zlib

from empa_graph.errors import ContentError

LARGEST = 64 * 1024 * 1024
"""Bytes that one record may unpack to."""
DAMAGED = "the stored record is damaged"
_FAMILIAR = b"""
{"evaluator":"judge","rubric":"epm","voice":"card","messages":[],"latent":{"dimensions":["autonomy","competence",
"relatedness","calm"],"start":[-0.,"target":[0.,"radius":0.3,"position":[-0.,"steps":[]},"persona_state":{"trust":0.,
"openness":0.,"told":[],"heard":{"style_match":1,"reflection":1,"naming_feeling":1,"validation":1,"open_question":1,
"autonomy_support":1,"permission":1,"warmth":1,"affirmation":1}},"score":{"alignment":0.,"impact":0.,"stability":0.,
"alignment_index":0.,"impact_index":0.,"stability_index":0.,"progress":0.,"composite":,"profile":"balanced","direction":"initial",
"coverage":1.0,"epmq":{"published":{"rdi":,"etot":,"snet":,"rho":,"sproj":,"tau":,"rpos":,"align":,"pen":,"outcome":,
"efficiency":,"stability":,"composite":},"paper":{"rdi":"support":{"value":0.,"low":0.,"high":0.,"percentile":0.,"axes":{"validating":0.,"eliciting":0.,
"understanding":0.,"advising":0.,"self_turning":0.,"dismissing":0.},"replies":20,"length":,"coder":"cues","provisional":false,
"capped_by":["repeated","copied"]},"score":null,"unscored":"no agent turn was judged",
"faults":[{"turn":1,"blame":"provider","kind":"timeout","detail":"","seat":"empathic"}],
"failure":{"turn":1,"blame":"judge","kind":"judge_invalid","detail":"seat":"evaluator"},"due":false}
{"turn":1,"endpoint":"https://api..com/v1","parameters":{"temperature":0.0,"max_tokens":256,"seed":},"prompt_hash":"
","prompt_characters":,"usage":{"tokens_in":,"tokens_cached":0,"tokens_out":},"attempt":1,"finish_reason":"stop"}
{"text":"{\\"autonomy\\":{\\"progress\\":{\\"evidence\\":\\"\\",\\"level\\":0},\\"regress\\":{\\"evidence\\":\\"\\",\\"level\\":0
}},\\"competence\\":","model":"gpt-","finish_reason":"stop","usage":{"tokens_in":1,"tokens_cached":0,"tokens_out":1,
"note":null},"calls":[],"left_out":[]}
"repaired":true,"votes":[{"judge":"handoff":"notes":[{"author":"director","turn":1,"content":"directives":[{"turn":1,
"author":"director","action":"argument":"reason":"{"behaviour":"anti_phrase"{"behaviour":"overshort","strength":1.5,"evidence":"
{"behaviour":"overlong"{"behaviour":"inciting"{"behaviour":"alarming"{"behaviour":"passing_danger","strength":4.0,"evidence":"
{"behaviour":"somebody_near","strength":4.0,"evidence":"{"behaviour":"service"{"behaviour":"distance"{"behaviour":"asking_danger"
{"behaviour":"pressing"{"behaviour":"help_asked_for"{"behaviour":"leaving_choice"{"behaviour":"affirming"{"behaviour":"dismissing"
{"behaviour":"self_turning"{"behaviour":"advising"{"behaviour":"understanding","strength":2.{"behaviour":"eliciting","strength":3.
"}],"fit":0.75}},"persona_state":{"trust":0.1,"openness":0.1,"told":["],"heard":{"style_match":
1,"reflection":1},"spoken":["open:0","hesitate:1","deflect:1","push_back:1","withdraw:1","soften:1","settle:1",
"elaborate:1"]}}"persona_state":null}{"messages":[{"turn":1,"speaker":"persona","content":"","move":"disclose:
"move":"elaborate"},"move":"settle"},"move":"hesitate"},"move":"open"},{"turn":1,"speaker":"empathic","content":"
","model":"","finish_reason":"stop","usage":{"tokens_in":}}],"step":{"turn":1,"increment":[0.0,0.0,0.0,0.0],
"assessment":{"evaluator":"cues","items":[{"dimension":"autonomy","progress":1,"progress_evidence":"","regress":0,
"progress_share":0.5,"regress_share":0.0},{"dimension":"competence","progress":0,"regress":1,"regress_evidence":"","progress_share":
0.0,"regress_share":0.25},{"dimension":"relatedness","progress":2,"progress_evidence":"","regress":0,"progress_share":0.
,"regress_share":0.0},{"dimension":"calm","progress":1,"regress":0,"progress_share":1.0,"regress_share":0.0}],"codes":[
{"behaviour":"validating","strength":1.5,"evidence":"."},","regress":0,"progress_share":0.{"dimension":"
""".replace(b"\n", b"")
"""Part of the layout of the store: what was packed with it is unpacked with it."""


def packed(text: str) -> bytes:
    """Deflate ``text``. Raises ContentError for one that would not be unpacked again."""
    data = text.encode()
    if len(data) > LARGEST:
        raise ContentError(f"a record of {len(data):,} bytes is too large to be stored; allowed are {LARGEST:,}")
    press = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_FAMILIAR)
    return press.compress(data) + press.flush()


def unpacked(data: bytes, where: str) -> str:
    """Undo `packed`. Raises ContentError that names ``where`` damaged or overlarge data lies."""
    press = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_FAMILIAR)
    try:
        text = press.decompress(data, LARGEST)
        if not press.eof:
            raise ContentError(f"{where}: the stored record is cut off or too large")
        return text.decode()
    except (zlib.error, UnicodeDecodeError):
        raise ContentError(f"{where}: {DAMAGED}") from None
