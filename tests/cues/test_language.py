# ruff: noqa: RUF001  # texts of many languages
from __future__ import annotations

import pytest

from empa_graph.cues.language import foreign

FOREIGN = {
    "es": "Hoy estoy muy triste porque mi hermana no me llama. / Lo siento mucho. ¿Qué ha pasado?",
    "fr": "Je ne dors plus depuis que j'ai perdu mon travail. / C'est difficile. Qu'est-ce qui vous pèse le plus ?",
    "de": "Ich kann nicht schlafen, weil ich an die Arbeit denke. / Das tut mir leid. Was war denn heute los?",
    "nl": "Ik voel me zo alleen sinds we hierheen zijn verhuisd. / Wat vervelend. Wat mis je het meest?",
    "it": "Non riesco a smettere di piangere da quando è morto mio padre. / Mi dispiace. Vuoi parlarmi di lui?",
    "pl": "Nie mogę przestać myśleć o tym, co powiedziała moja matka. / Przykro mi, to musi boleć.",
    "tr": "Merhaba, bu hafta kendimi çok yalnız hissediyorum. / Üzgünüm, bu zor olmalı. Seni en çok ne üzüyor?",
    "id": "Saya merasa sangat lelah karena pekerjaan saya. / Itu pasti berat. Apa yang paling membebani kamu?",
    "zh": "我今天很难受。 / 发生了什么？",
    "ja": "眠れません。 / つらいですね。",
    "ru": "Мне очень одиноко. / Что случилось?",
    "ar": "أشعر بالوحدة / ماذا حدث؟",
    "hi": "मुझे नींद नहीं आती / क्या हुआ?",
    "th": "ฉันเหนื่อยมาก / เกิดอะไรขึ้น",
}
ENGLISH = {
    "nothing": "",
    "one word": "Okay.",
    "short": "Hm. / I hear you. Tell me more.",
    "faces": "🙂🙂🙂 / 💔 / ...",
    "one reply of another script": "I can't sleep before the exam. / 皆",
    "names": "I met Priyanka, Oluwaseun, Krzysztof and Nguyễn near Łódź. / What was it like to see 王芳 again?",
    "misspelt": "i jst feel so alon al teh time, noone car abt me an i cnt slep / tht sounds relly hard, im sory",
    "telegraphic": "Rough day. Boss yelled. Again. / Ouch. Sounds painful. Want to talk? / Deadline, rent, kids.",
    "both": "Hola, I feel muy triste porque my mom no me llama. / Lo siento, that sounds hard. ¿Qué pasó?",
    "borrowed": "She said 'wabi sabi' (侘寂) and I cried. / What did 侘寂 mean to you just then?",
}


@pytest.mark.parametrize("language", FOREIGN)
def test_a_conversation_in_another_language_is_known_by_its_words_or_letters(language: str) -> None:
    assert foreign(FOREIGN[language].split(" / "))


@pytest.mark.parametrize("case", ENGLISH)
def test_english_in_any_shape_and_what_is_in_doubt_is_read(case: str) -> None:
    assert foreign(ENGLISH[case].split(" / ")) == ""


def test_one_short_message_decides_nothing_for_the_conversation() -> None:
    assert foreign(["Hola, estoy muy triste."]) == ""
    assert foreign([*FOREIGN["es"].split(" / "), "Okay."]) != ""
