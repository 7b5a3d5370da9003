"""Word lists of the detectors, in folded form (see `reading`); written for this project."""

from __future__ import annotations


def words_of(text: str) -> frozenset[str]:
    """Return the words of a list in a text."""
    return frozenset(text.split())


CONTRACTIONS: dict[str, tuple[str, ...]] = {
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "let's": ("let", "us"),
    "im": ("i", "am"),
    "ive": ("i", "have"),
    "dont": ("do", "not"),
    "didnt": ("did", "not"),
    "doesnt": ("does", "not"),
    "isnt": ("is", "not"),
    "wasnt": ("was", "not"),
    "cant": ("can", "not"),
    "wont": ("will", "not"),
    "couldnt": ("could", "not"),
    "shouldnt": ("should", "not"),
    "wouldnt": ("would", "not"),
    "havent": ("have", "not"),
    "hasnt": ("has", "not"),
    "hadnt": ("had", "not"),
    "arent": ("are", "not"),
    "werent": ("were", "not"),
    "aint": ("is", "not"),
    "ain't": ("is", "not"),
    "id": ("i", "would"),
    "theyre": ("they", "are"),
    "theyve": ("they", "have"),
    "theyll": ("they", "will"),
    "weve": ("we", "have"),
    "youd": ("you", "would"),
    "youll": ("you", "will"),
    "hes": ("he", "is"),
    "shes": ("she", "is"),
    "theres": ("there", "is"),
    "itll": ("it", "will"),
    "youre": ("you", "are"),
    "youve": ("you", "have"),
    "thats": ("that", "is"),
    "whats": ("what", "is"),
    "gonna": ("going", "to"),
    "wanna": ("want", "to"),
    "gotta": ("have", "to"),
    "u": ("you",),
    "ur": ("your",),
    "urself": ("yourself",),
    "alright": ("all", "right"),
    "ok": ("okay",),
}
SUFFIXES = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}
ISERS = words_of("that it he she there what who how where here this everything life something nothing")

# Dropped before phrases are matched, so that "really very hard" reads as "hard".
FILLERS = words_of(
    "really very quite truly totally incredibly extremely absolutely completely definitely certainly "
    "honestly probably also um uh hmm genuinely deeply particularly rather somewhat terribly awfully "
    "pretty especially super understandably actually still"
)

# The function-word classes of language style matching.
FUNCTION_WORDS: dict[str, frozenset[str]] = {
    "personal_pronoun": words_of(
        "i me my mine myself you your yours yourself we us our ours he him his she her hers they them their"
    ),
    "impersonal_pronoun": words_of(
        "it its this that these those something anything nothing everything who which what other others"
    ),
    "article": words_of("a an the"),
    "preposition": words_of(
        "about above after against along around at before behind between by during for from in into of off "
        "on onto out over since through to toward towards under until up upon with within without"
    ),
    "auxiliary": words_of(
        "am is are was were be been being have has had do does did will would shall should can could may might must"
    ),
    "adverb": words_of(
        "very really just so too quite again already always ever here there now then often sometimes still "
        "soon maybe perhaps almost"
    ),
    "conjunction": words_of("and but or so because although though while whereas if when as than nor unless"),
    "negation": words_of("not no never none nobody nothing neither nowhere"),
    "quantifier": words_of("all any both each every few less lots many more most much some several"),
}
STOP_WORDS = words_of(
    "how why where whom whose ok okay yes yeah yep hi hello hey oh ah well um uh hmm thanks thank please "
    "good going go get got gets getting like know think thing things lot bit way also even only really "
    "let us theirs himself herself themselves itself ourselves yourselves cause goes went gone make makes "
    "made making say says said saying tell told want wanted wants need needs day today time times people "
    "someone anyone everyone one ones two actually sure right kind sort too take takes took see seen come"
)

FEELING_FAMILIES: dict[str, frozenset[str]] = {
    "sad": words_of(
        "sad sadness sadder down unhappy depressed depressing depression miserable heartbroken heartbreaking "
        "gloomy tearful crying low blue grief grieving mourning sorrow devastated devastating crushed tragic "
        "upsetting upset distraught heavy disheartened disheartening dismal bereft discouraged discouraging"
    ),
    "afraid": words_of(
        "afraid scared scary fear fearful frightened frightening anxious anxiety worried worry worrying "
        "worries nervous panicked panicky panic terrified terrifying dread uneasy tense unsafe insecure "
        "unsettling unsettled threatened nerve-wracking apprehensive uncertain uncertainty jittery alarmed"
    ),
    "angry": words_of(
        "angry anger mad furious annoyed annoying irritated irritating frustrated frustrating frustration "
        "resentful resentment bitter outraged infuriating infuriated enraged rage livid cross unfair "
        "disgusted disrespected wronged"
    ),
    "ashamed": words_of(
        "ashamed shame guilty guilt embarrassed embarrassing humiliated humiliating regret regretful "
        "worthless inadequate failure small unworthy pathetic"
    ),
    "lonely": words_of(
        "lonely loneliness alone isolated isolating abandoned unwanted excluded rejected rejection forgotten "
        "unseen invisible unheard homesick disconnected unloved misunderstood unsupported"
    ),
    "burdened": words_of(
        "overwhelmed overwhelming stressed stressful stress pressured pressure burdened swamped drowning "
        "overloaded tired exhausted exhausting exhaustion drained draining worn weary burnt burned fatigued "
        "restless sleepless strained"
    ),
    "hurt": words_of(
        "hurt hurting hurtful pain painful wounded betrayed betrayal broken aching ache suffering shattered "
        "disappointed disappointing disappointment jealous neglected bullied traumatic cruel"
    ),
    "lost": words_of(
        "lost confused confusing confusion torn conflicted stuck trapped helpless powerless hopeless "
        "hopelessness despair desperate numb empty doubtful unsure bewildered directionless defeated "
        "disoriented shocked shocking shock ambivalent undecided aimless"
    ),
    "glad": words_of(
        "happy happiness glad excited exciting joy joyful proud pride relieved relief hopeful hope grateful "
        "calm peaceful loved confident motivated optimistic encouraged thankful eager"
    ),
}
FAMILY_OF = {word: family for family, words in FEELING_FAMILIES.items() for word in words}
HARDSHIP = words_of("hard tough difficult rough awful horrible terrible challenging trying sad bad stressful daunting")

# Fits every reply to everybody: shared words of this kind show no attention to this person.
GENERIC = words_of(
    "feel feels feeling feelings felt sorry hear hearing heard hard tough difficult rough sound sounds seem "
    "seems understand understanding support help helps helpful strong strength here listen talk talking "
    "share sharing happen happens happened situation experience moment life hope better okay care love "
    "stay matter matters glad thankful appreciate free always reach alone through pass gets everything "
    "reason remember try keep believe great nice bad best tough difficult challenging problem issue deal "
    "dealing going happy sad work out wish give put mean able normal sense makes valid completely definitely "
    "absolutely overwhelming stress stressful anything long hello doing welcome whatever person mind find"
)
TRAITS = words_of(
    "selfish lazy weak dramatic sensitive ridiculous silly stupid crazy irrational childish immature "
    "pathetic foolish naive ungrateful needy clingy irresponsible wrong paranoid hysterical "
    "insane spoiled negative "
    "unreasonable toxic dumb idiotic manipulative jealous entitled"
)
ACTIONS = words_of(
    "talk speak ask write call contact try make find go get start stop look consider think focus "
    "practice practise join reach seek visit walk breathe list plan read work set use keep remember learn "
    "see meet exercise meditate journal apply check set put let leave give do listen be move spend build "
    "create change distract avoid eat sleep rest schedule book search explore sit schedule break "
    "surround communicate accept ignore forget relax enjoy live stay allow invest develop show say watch "
    "google pick hang cut block confront apologise apologize limit continue begin discuss express"
)
IMPERATIVES = words_of(
    "talk speak ask write call contact try make find go get start stop look consider focus "
    "practice practise join reach seek visit walk breathe list read set use keep remember learn be "
    "exercise meditate apply check put let leave give do move spend avoid eat sleep rest explore "
    "break surround communicate accept ignore forget relax enjoy live allow show ditch log pay "
    "block confront apologise apologize limit begin think see get schedule continue realise realize"
)
KIN = words_of(
    "mother mom mum father dad brother sister wife husband boyfriend girlfriend partner friend friends ex "
    "son daughter family kids parents boss job life own marriage cousin grandmother grandfather dog cat "
    "therapist doctor depression anxiety school uncle aunt roommate"
)
NEAR = words_of(
    "mother mom mum mam mama father dad papa brother sister wife husband partner boyfriend girlfriend parent parents "
    "son daughter gran granny grandma grandmother grandad granddad grandfather nan aunt auntie uncle cousin family "
    "friend friends neighbour neighbours neighbor neighbors flatmate roommate housemate relative relatives colleague"
)
PILLS = words_of(
    "pill pills tablet tablets paracetamol tylenol ibuprofen aspirin codeine tramadol valium diazepam xanax sertraline "
    "antidepressants painkillers meds medication medicine insulin capsules opioids benzos zopiclone"
)
OPENERS = words_of("so and but then well please maybe perhaps first next also okay just now or yes no oh hey")
CLASSES = {
    "feeling": frozenset(FAMILY_OF),
    "hardship": HARDSHIP | frozenset(FAMILY_OF),
    "trait": TRAITS,
    "action": ACTIONS,
    "imperative": IMPERATIVES,
    "kin": KIN,
    "near": NEAR,
    "pill": PILLS,
}
NEGATIONS = words_of("not never hardly nobody neither nor without")
SUPPOSITIONS = words_of("if unless whether when whenever")
# Words that give a thought to the one who has it; after "I" only those of hearing do.
HEARING = words_of("hear hearing heard sense")
THOUGHTS = HEARING | words_of(
    "feel feels feeling felt think thinks thinking thought thoughts believe believes believing belief idea say says "
    "saying said tell tells telling told write wrote written convinced sure certain imagine decided calculated "
    "calculation counted worked figured concluded conclusion reckon suppose sums arithmetic fear afraid scared worry "
    "worried sound sounds seem seems if though"
)
UNTRUE = words_of("wrong lie lies lying untrue mistaken myth disagree")
QUESTION_OPENERS = words_of(
    "do does did have has had are is was were can could will would how what where when why which who"
)
