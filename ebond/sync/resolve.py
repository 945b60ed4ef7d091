"""Asking for what a plan has to know: from a value here over the key that both systems share to the value there.

The rim of planning: calls are made here, and nothing is decided. What is known already, in this process or in the
database, is not asked again while it is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import structlog

from ebond.clock import Clock
from ebond.definitions import Definitions
from ebond.definitions.lookups import LinkRule, LookupRule
from ebond.definitions.mapping import Mapping as MappingDefinition
from ebond.definitions.ways import name_of
from ebond.errors import ENDS_THE_RUN, Denied, EbondError, Refused
from ebond.mapping.asking import UNASKED, Answer, Answers, Ask, Finding
from ebond.records.feed import Sender
from ebond.records.lookups import LookupClient, Question, may_name
from ebond.records.rows import Seen
from ebond.state import Awaited, LookedUp, Side
from ebond.store import Named, Store
from ebond.sync.memory import Found, Memory

#: A record that was never read: out of scope, or not yet shown by its list.
NEVER_SEEN: Final = Named(None)

log = structlog.get_logger("ebond.resolve")


class Want(NamedTuple):
    """A question, and the rule that it is asked for."""

    question: Question
    rule: LookupRule


@dataclass(frozen=True, slots=True)
class Referring:
    """A rule that names records of a bond."""

    bond: str
    own: str
    """The bond that the rule itself belongs to."""
    coming: frozenset[Side]
    """Sides whose records are created on the other one where they are missing there."""
    counted: frozenset[Side]
    """Sides whose records go by numbers: 7, 7.0 and "07" are one id."""

    def id_of(self, side: Side, text: str) -> str:
        """Return a record's id as the store has it."""
        counts = side in self.counted and text.isascii() and text.isdigit()
        return str(int(text)) if counts else text


@dataclass(frozen=True, slots=True)
class Resolver:
    """Answers what the rules of one mapping ask."""

    rules: Mapping[str, LookupRule]
    """By the rules' names."""
    references: Mapping[str, Referring]
    """By the rules' names."""
    resources: Mapping[tuple[Side, str], str]
    """``system/resource`` by side and the resource's name there."""
    clients: Mapping[str, LookupClient]
    """By ``system/resource``; none where nobody may be called."""
    memory: Memory
    store: Store
    clock: Clock

    def answers(self, asks: Iterable[Ask], *, own: Store, keeping: bool = True) -> Answers:
        """Return what came of each ask; ``keeping`` stores it for others. Raises what ends the run.

        ``own`` is where the bond's own links are.
        """
        nobody = {ask: Answer(Finding.NOBODY) for ask in asks}
        some = [ask for ask in nobody if may_name(ask.value)]
        looked_up = self._looked_up([ask for ask in some if ask.rule in self.rules], keeping=keeping)
        return {**nobody, **looked_up, **self._named([ask for ask in some if ask.rule in self.references], own)}

    # -- references ---------------------------------------------------------------------------------------

    def _named(self, asks: Iterable[Ask], own: Store) -> Answers:
        """Find the partners of records that are named: the database knows them, and nobody is called."""
        groups: dict[tuple[str, Side], list[Ask]] = {}
        for ask in asks:
            groups.setdefault((self.references[ask.rule].bond, ask.target.other), []).append(ask)
        answers: dict[Ask, Answer] = {}
        for (bond, side), some in groups.items():
            ids = {ask: self.references[ask.rule].id_of(side, ask.value) for ask in some}
            store = own if bond == self.references[some[0].rule].own else self.store
            found = store.named(bond, side, list(dict.fromkeys(ids.values())))
            for ask, record_id in ids.items():
                comes = side in self.references[ask.rule].coming
                answers[ask] = _of(found.get(record_id, NEVER_SEEN), Awaited(bond, side, record_id), comes=comes)
        return answers

    # -- look-ups -----------------------------------------------------------------------------------------

    def _looked_up(self, asks: Sequence[Ask], *, keeping: bool) -> dict[Ask, Answer]:
        near = {ask: want for ask in asks if (want := self._near(ask)) is not None}
        found = self._found(near.values(), keeping=keeping)
        answers: dict[Ask, Answer] = {}
        far: dict[Ask, tuple[str, Want | None]] = {}
        for ask in asks:
            key = ask.value
            if ask in near:
                one = found[near[ask].question.key]
                short = self._short(ask, one)
                if short is not None:
                    answers[ask] = short
                    continue
                key = one.values[0]
            if may_name(key):
                far[ask] = key, self._far(ask, key)
            else:
                answers[ask] = Answer(Finding.NOBODY)
        found = self._found([want for _, want in far.values() if want is not None], keeping=keeping)
        for ask, (key, want) in far.items():
            answers[ask] = self._answer(ask, key, found[want.question.key] if want is not None else None)
        return answers

    # -- what is asked ------------------------------------------------------------------------------------

    def _near(self, ask: Ask) -> Want | None:
        """Ask the source's own system for the key; None where the field shows it."""
        rule, source = self.rules[ask.rule], ask.target.other
        own = rule.side(source)
        if own is None:
            return None
        resource = self.resources[source, own.resource]
        return Want(Question(resource, own.gives, ask.value, own.by), rule)

    def _far(self, ask: Ask, key: str) -> Want | None:
        """Ask the target's system who has the key; None where its field shows the key."""
        rule = self.rules[ask.rule]
        own = rule.side(ask.target)
        if own is None:
            return None
        resource = self.resources[ask.target, own.resource]
        return Want(Question(resource, own.by, key, own.gives, fold=rule.fold), rule)

    # -- what came of it ----------------------------------------------------------------------------------

    def _short(self, ask: Ask, found: Found) -> Answer | None:
        """Say why there is no key to go on with; None where there is one."""
        rule = self.rules[ask.rule]
        own = rule.side(ask.target.other)
        assert own is not None, "only where something was asked"
        if found.failed:
            return Answer(Finding.FAILED, reason=found.failed)
        if not found.values:
            return Answer(Finding.NOBODY, reason=f"the {own.resource} that it names here shows no {own.by}")
        if len(found.values) > 1 and rule.several == "park":
            return Answer(Finding.SEVERAL)
        return None

    def _answer(self, ask: Ask, key: str, found: Found | None) -> Answer:
        if found is None:
            return Answer(Finding.FOUND, key.strip(), key)
        if found.failed:
            return Answer(Finding.FAILED, key=key, reason=found.failed)
        if not found.values:
            return Answer(Finding.NOBODY, key=key)
        if len(found.values) > 1 and self.rules[ask.rule].several == "park":
            return Answer(Finding.SEVERAL, key=key)
        return Answer(Finding.FOUND, found.values[0], key)

    # -- asking -------------------------------------------------------------------------------------------

    def _found(self, wants: Iterable[Want], *, keeping: bool) -> dict[LookedUp, Found]:
        """Return what is found for each question: from memory, from the database, or by a call."""
        found: dict[LookedUp, Found] = {}
        open_: dict[LookedUp, Want] = {}
        for want in wants:
            known = self.memory.get(want.question.key, want.rule, self.clock.now())
            if known is not None:
                found[want.question.key] = known
            else:
                open_[want.question.key] = want
        if open_:
            self._recall(open_.values())
        for key, want in open_.items():
            found[key] = self._one(want, keeping=keeping)
        return found

    def _recall(self, wants: Iterable[Want]) -> None:
        """Take over what other processes were answered."""
        for key, (values, at) in self.store.looked_up(want.question.key for want in wants).items():
            self.memory.put(key, Found(values, at))

    def _one(self, want: Want, *, keeping: bool) -> Found:
        question = want.question
        client = self.clients.get(question.resource)
        whole = client is not None and client.resource.small
        with self.memory.asking(question.resource if whole else question.key):
            for key in (question.key, _all_of(question)):
                known = self.memory.get(key, want.rule, self.clock.now())
                if known is not None:
                    return known
            if client is None:
                return Found((), self.clock.now(), failed=UNASKED)
            return self._asked(client, want, keeping=keeping)

    def _asked(self, client: LookupClient, want: Want, *, keeping: bool) -> Found:
        question = want.question
        try:
            rows, at = self._rows(client, want)
        except Denied as denied:
            return self._failed(question, denied, all_of_them=True)
        except ENDS_THE_RUN:
            raise
        except EbondError as error:
            return self._failed(question, error, all_of_them=client.resource.small or self._trouble(question, error))
        values = tuple(dict.fromkeys(text for row in rows if (text := client.shown(row, question.gives)) is not None))
        answers: dict[LookedUp, Sequence[str]] = {question.key: values}
        if question.gives is None and question.by is not None and len(rows) == 1:
            # The way back is known with it.
            back = Question(question.resource, None, rows[0].id, question.by)
            answers[back.key] = [client.shown(rows[0], question.by) or ""]
        for key, found in answers.items():
            self.memory.put(key, Found(tuple(found), at))
        if keeping:
            self.store.keep_looked_up(answers, now=at)
        return Found(values, at)

    def _rows(self, client: LookupClient, want: Want) -> tuple[Sequence[Seen], datetime]:
        """Return the records that a question is about, and as of when."""
        now, question = self.clock.now(), want.question
        if not client.resource.small:
            return client.rows(question), now
        kept = self.memory.whole(question.resource)
        if kept is None or now - kept[1] >= timedelta(seconds=want.rule.keep_unknown):
            kept = client.whole(), now
            self.memory.put_whole(question.resource, *kept)
        return client.of(kept[0], question), kept[1]

    def _trouble(self, question: Question, error: EbondError) -> bool:
        """Is it the resource that cannot answer? To go on asking would open the circuit of the whole system."""
        return not isinstance(error, Refused) and self.memory.is_trouble(question.key, self.clock.now())

    def _failed(self, question: Question, error: EbondError, *, all_of_them: bool) -> Found:
        """Let nobody ask again for a moment: it would only fail for each record that names the same."""
        log.warning("look-up failed", resource=question.resource, kind=type(error).__name__, reason=str(error))
        found = Found((), self.clock.now(), failed=str(error))
        self.memory.put(_all_of(question) if all_of_them else question.key, found)
        return found


def _all_of(question: Question) -> LookedUp:
    """Stand for every question of this kind: what is not allowed for one is not allowed for any."""
    return question.key._replace(value="")


def _of(named: Named, record: Awaited, *, comes: bool) -> Answer:
    if named.partner is not None:
        return Answer(Finding.FOUND, named.partner)
    finding = Finding.PENDING if named.coming and comes else Finding.UNBONDED
    return Answer(finding, reason=named.reason, awaits=record)


def resolver(
    bond: str,
    mapping: MappingDefinition,
    definitions: Definitions,
    memory: Memory,
    store: Store,
    clock: Clock,
    *,
    senders: Mapping[Side, Sender],
) -> Resolver | None:
    """Return who answers what a mapping asks; None where it asks nothing. Without senders nobody is called."""
    rules = {name_of(rule): rule.lookup for rule in mapping.fields if rule.lookup is not None}
    references = {
        name_of(rule): _referring(bond, rule.link, definitions) for rule in mapping.fields if rule.link is not None
    }
    if not rules and not references:
        return None
    resources: dict[tuple[Side, str], str] = {}
    clients: dict[str, LookupClient] = {}
    for side in Side:
        system = definitions.systems[(mapping.left if side is Side.LEFT else mapping.right).partition("/")[0]]
        for own in (rule.side(side) for rule in rules.values()):
            if own is None:
                continue
            reference = f"{system.system}/{own.resource}"
            resources[side, own.resource] = reference
            if side in senders:
                clients[reference] = LookupClient(senders[side], system.resources[own.resource], name=reference)
    return Resolver(rules, references, resources, clients, memory, store, clock)


def _referring(bond: str, rule: LinkRule, definitions: Definitions) -> Referring:
    name = rule.bond or bond
    other = definitions.bonds[name]
    mapping = definitions.mappings[other.mapping]
    resources = {}
    for side, reference in ((Side.LEFT, mapping.left), (Side.RIGHT, mapping.right)):
        system, _, resource = reference.partition("/")
        resources[side] = definitions.systems[system].resources[resource]
    takes = {Side.LEFT: other.left.create, Side.RIGHT: other.right.create}
    return Referring(
        name,
        bond,
        coming=frozenset(side for side in Side if takes[side.other] and resources[side.other].create is not None),
        counted=frozenset(side for side in Side if resources[side].id_type == "number"),
    )
