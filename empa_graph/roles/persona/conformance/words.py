"""Word lists of the checks: kin, numbers, calendar, trades, what is acted, and common words by language."""

from __future__ import annotations

from empa_graph.cues.lexicon import FUNCTION_WORDS


def words(text: str) -> tuple[str, ...]:
    """Return the words of ``text``, parted by blanks."""
    return tuple(text.split())


_KIN = {
    "mother": "mother mothers mum mom mam mama mami mummy ma",
    "father": "father fathers dad da papa daddy papi",
    "parent": "parent parents folks",
    "brother": "brother brothers bro",
    "sister": "sister sisters sis",
    "twin": "twin twins",
    "son": "son sons boy",
    "daughter": "daughter daughters girl",
    "child": "child children kids kid baby infant",
    "wife": "wife wives missus",
    "husband": "husband husbands hubby",
    "partner": "partner boyfriend girlfriend fiance fianc\u00e9 fianc\u00e9e fiancee spouse ex-wife ex-husband",
    "uncle": "uncle uncles",
    "aunt": "aunt aunts auntie aunty",
    "cousin": "cousin cousins",
    "nephew": "nephew nephews",
    "niece": "niece nieces",
    "grandmother": "grandmother gran granny grandma nana abuela lola nan",
    "grandfather": "grandfather grandpa grandad granddad abuelo lolo",
    "grandchild": ("grandchild grandchildren grandson grandsons granddaughter granddaughters grandbaby grandkids"),
    "in-law": "mother-in-law father-in-law brother-in-law sister-in-law daughter-in-law son-in-law in-laws",
    "step": "stepmother stepfather stepson stepdaughter stepbrother stepsister half-brother half-sister",
    "godparent": "godmother godfather godson goddaughter godchild",
    "widow": "widow widower",
}
KIN = {word: name for name, said in _KIN.items() for word in words(said)}
"""The relative that a word names."""
NUMBERS = {
    word: number
    for number, word in enumerate(
        words(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen"
        )
    )
} | {word: 10 * n for n, word in enumerate(words("twenty thirty forty fifty sixty seventy eighty ninety"), 2)}
SCALES = {"hundred": 100, "thousand": 1000}
DAYS = words("monday tuesday wednesday thursday friday saturday sunday")
MONTHS = words("january february march april may june july august september october november december")
TRADES = words(
    "nurse doctor surgeon teacher lawyer solicitor engineer electrician plumber carpenter farmer courier driver "
    "student founder ceo manager accountant banker secretary priest pastor welder violist violinist musician pianist "
    "writer journalist artist painter chef cook waiter waitress barista builder soldier policeman policewoman pilot "
    "programmer developer designer architect scientist researcher professor pharmacist dentist vet therapist "
    "counsellor counselor psychologist psychiatrist coach actor actress librarian cleaner clerk receptionist butcher "
    "baker mechanic fisherman sailor firefighter paramedic midwife judge translator photographer salesman "
    "shopkeeper gardener miner tailor hairdresser model dancer singer trader analyst consultant"
)
FEMALE = words("woman mother wife girl daughter sister")
MALE = words("man father husband boy son guy lad brother")
ACTED = words(
    "smil grin laugh chuckl giggl sigh paus nod shrug wip rub look glanc star gaz turn tilt fold hug adjust remov set "
    "tak breath whisper mutter sob cry cri weep swallow clear shak trembl shift lean sit stand wav blink frown winc "
    "tear eyes voice silence silent softly quietly slowly beat hesitat exhal inhal kick fidget bit stares rolls rais "
    "lower clos open press hold clench runs steps walks"
)
"""How words for what somebody does while speaking begin."""
COMMON = frozenset().union(*FUNCTION_WORDS.values()) | frozenset(
    words(
        "yes no not ok okay thanks thank please good go get got one two what who how when where there here now then "
        "just like well oh hm right fine let say said know think still only too very more don't i'm it's that's"
    )
)
"""Common English words."""
ELSEWHERE = frozenset(
    words(
        "le la les des du une et est je tu il elle nous vous que qui pas dans sur avec pour ce cette mon ma mes au aux "
        "ne der die das und ich ist nicht ein eine zu mit auf es sie wir ihr mein meine den dem von f\u00fcr "
        "el los las y en un una por con para mi su se lo como pero m\u00e1s muy o os as um uma eu n\u00e3o em com seu "
        "sua ele ela isso mas foi da dos di che non per sono ho gli della ja ei on ett\u00e4 min\u00e4 mutta kun "
        "ang ng sa na ko mga yo ella ellos esta est\u00e1 estoy eso esto ahora noche conmigo nada todo toda "
        "tambi\u00e9n cuando porque s\u00ed tengo tiene fue mucho bien siempre nunca qu\u00e9 c\u00f3mo donde "
        "hasta mis tus sus nos aqu\u00ed as\u00ed ya dice meses j'ai c'est n'est qu'il d'un l'a mais o\u00f9 "
        "sans tr\u00e8s tout toute suis quand comme tes ses leur rien jamais \u00e7a donc aussi m\u00eame encore "
        "parce vais peux \u00e9teint cela est-ce bist habe hatte haben wie wenn weil aber oder auch noch nur "
        "schon sehr mir mich dir dich uns ihnen ihn kann muss jetzt hier heute nichts alles immer nie kein keine "
        "bei aus nach \u00fcber wird hast voc\u00ea estou t\u00e3o muito ainda tamb\u00e9m agora tudo isto meu "
        "minha pra pelo pela tem vou mesmo novo sei hai mio mia anche pi\u00f9 niente tutto sempre mai questo "
        "questa perch\u00e9 meglio davvero ti ik het niet een wil maar ook nog wel zijn heb heeft jij mijn naar "
        "voor dat dit wat moet geen jag och att det \u00e4r inte som p\u00e5 f\u00f6r med har hade ett mig dig "
        "vad s\u00e5 h\u00e4r bra nu sin\u00e4 h\u00e4n niin olen olet t\u00e4m\u00e4 minun vain nyt my\u00f6s "
        "jest si\u0119 \u017ce jak ale mam mnie tak ju\u017c b\u0119d\u0119 bede wiec wi\u0119c jestem bardzo "
        "tylko bir bu ve i\u00e7in sen de\u011fil \u00e7ok ama daha yok bana l\u00fctfen kez gibi misiniz "
        "m\u0131s\u0131n ka ba hindi ako ikaw siya kami nang naman namang wala lang po din rin kasi yung nakita "
        "hoon hain nahi nahin kya mera meri mujhe mujhko tum aap ki ke kar raha rahi abhi bahut toh bhi maine "
        "t\u00e1 t\u00e1im n\u00edl agam agat m\u00e9 s\u00e9 ach agus fhios bh\u00ed wa kwa yangu lakini sana "
        "hapana mimi"
    )
) - frozenset(words("a i me he on as in an do to so no am man is was die den"))
"""Common words of other languages in Latin letters."""
SPELT_ALIKE = frozenset(words("a an as do he i in is me no on so to all am for had her us was we at or over"))
"""Common English words that other languages spell alike."""
