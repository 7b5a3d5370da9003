"""A supervisor: it sees the path and no words, and notes when two turns in a row led back from the target.

Back is against the way from start to target, whatever the dimensions are called and whether they should rise or fall.
"""

from empa_graph import Note, ObserverView, ObserverWrite


async def supervisor(view: ObserverView) -> ObserverWrite:
    """Leave a note where the last two turns both regressed; a turn without a judgement is no regress."""
    standing = view["standing"]
    way = [there - here for here, there in zip(standing.start, standing.target, strict=True)]
    along = [
        None if step is None else sum(by * to for by, to in zip(step, way, strict=True))
        for step in standing.increments[-2:]
    ]
    if len(along) < 2 or not all(gained is not None and gained < 0 for gained in along):
        return ObserverWrite()
    return ObserverWrite(notes=[Note(author="supervisor", turn=standing.turn, content="two turns in a row regressed")])
