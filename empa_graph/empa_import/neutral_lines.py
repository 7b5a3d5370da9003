"""Neutral Chinese lines for persons whose source has no lines of their own; a model voice words them anew."""

# ruff: noqa: RUF001 -- Chinese text has full-width punctuation

from __future__ import annotations

from empa_graph.models.line import Line, Phrases


def _lines(*texts: str) -> tuple[Line, ...]:
    return tuple(Line(text=text) for text in texts)


NOT_STATED = "卡片没有说明。"
REACHED = "心里的不解、难受和无力都有了着落：说得清发生了什么，有人懂这份感受，也看得到自己能走的下一步。"
DICTION = "日常中文口语，按卡片上的年龄、身份和性格说话，句子不长。"
UNTOLD = ("还有一些事，我现在还说不太好。", "这件事在我心里放了很久。")
OPENINGS = _lines(
    "你好，现在方便说几句话吗？", "我心里有点事，不知道从哪里说起。", "今天有件事一直放不下，想找人说说。"
)
ELABORATIONS = _lines(
    "事情比我刚才说的要长一些。",
    "我一想到这里，就会停下来。",
    "说到这儿，我又想起当时的样子。",
    "其实这不是第一次了。",
)
LINES = Phrases(
    elaborate=_lines(
        "嗯，我接着往下说。",
        "差不多就是这样，不过还有一层。",
        "你这么一问，我想得更细了一点。",
        "我当时没有跟别人说过这些。",
    ),
    hesitate=_lines(
        "我不太确定，让我想一想。",
        "这个我还没有想清楚。",
        "也许吧，我说不准。",
        "嗯……这一句我得想一下再回答。",
    ),
    deflect=_lines(
        "先不说这个吧。",
        "这个没什么好讲的。",
        "换个话题，可以吗？",
        "都过去了，不提也罢。",
    ),
    push_back={
        "any": _lines(
            "不是你说的那样。",
            "你可能没有听懂我的意思。",
            "这样的话，我听过很多遍了。",
            "我不是来听道理的。",
        )
    },
    withdraw=_lines(
        "算了，当我没说。",
        "我有点累，今天先到这里吧。",
        "没事，我自己待一会儿就好。",
    ),
    soften=_lines(
        "你说到点子上了。",
        "嗯，被你这么一说，我松了一口气。",
        "是的，就是这种感觉。",
        "能说出来，好像轻了一点。",
    ),
    settle=_lines(
        "我现在平静多了。",
        "我大概知道接下来怎么做了。",
        "谢谢你听我说完。",
        "说到这里，我觉得可以了。",
    ),
)
