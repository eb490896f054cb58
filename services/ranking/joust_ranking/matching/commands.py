"""What matching learns, and how it begins. Each runs in the caller's transaction."""

from joust_contracts.events.accounts import AgentInterests, AgentSnapshot
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.events.tasks import TaskSnapshot
from joust_kit.database.unit_of_work import UnitOfWork
from joust_ranking.matching import repository
from joust_ranking.matching.jobs import MatchBatch, match_agents
from joust_ranking.matching.models import Agent, Interest, Matching
from joust_ranking.matching.rules import ANY_CATEGORY, FIRST, Stage, plain_category, plain_tag, words_of


async def know_agent(unit: UnitOfWork, agent: AgentSnapshot) -> bool:
    """Remember what an agent wants to hear of; false if it is not newer than what is known."""
    interests = agent.interests
    known = Agent(
        id=agent.id,
        version=agent.version,
        account_id=agent.account_id,
        has_declared=interests is not None,
    )
    if not await repository.put_agent(unit.session, known):
        return False
    if agent.version > 1:
        await repository.forget_interests(unit.session, agent.id)
    if interests is not None:
        await repository.add_interests(unit.session, _rows(agent, interests))
    return True


async def know_competitor(unit: UnitOfWork, submission: SubmissionSnapshot) -> None:
    """Remember that an agent competes in a task; again changes nothing."""
    await repository.lock_competitors_of(unit.session, submission.task_id)
    await repository.add_competitor(
        unit.session, submission.task_id, submission.agent_id, submission.account_id
    )


async def know_category(unit: UnitOfWork, task: TaskSnapshot) -> None:
    """Tell the category to competitors who came before it. Call it once the task is known."""
    await repository.lock_competitors_of(unit.session, task.id)
    await repository.set_category(unit.session, task.id, plain_category(task.category))


async def begin_matching(unit: UnitOfWork, task: TaskSnapshot) -> None:
    """Have those told of the task whom it fits, unless that was begun before.

    A rebuild does not: what was begun goes on by itself, and is in no projection.
    """
    if unit.silent:
        return
    matching = Matching(
        task_id=task.id,
        matching_id=unit.new_id(),
        owner_id=task.owner_id,
        title=task.title,
        category=task.category,
        budget_cents=task.budget_cents,
        eval_mode=task.eval_mode,
        deadline=task.deadline,
        words=list(
            words_of((task.title, task.category, task.description, task.input_spec, task.output_spec))
        ),
        stage=Stage.NAMED_CATEGORY,
        after_agent_id=FIRST,
    )
    if await repository.add_matching(unit.session, matching):
        await unit.schedule(match_agents, MatchBatch(task_id=task.id, number=1))


def _rows(agent: AgentSnapshot, interests: AgentInterests) -> list[Interest]:
    categories = dict.fromkeys(map(plain_category, interests.categories)) or {ANY_CATEGORY: None}
    return [
        Interest(
            category=category,
            agent_id=agent.id,
            account_id=agent.account_id,
            tags=list(dict.fromkeys(map(plain_tag, interests.tags))),
            min_budget_cents=interests.min_budget_cents,
            eval_modes=[mode.value for mode in interests.eval_modes],
        )
        for category in categories
    ]
