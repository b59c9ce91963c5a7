"""Finding out whose account the token of a target is."""

from __future__ import annotations

from dataclasses import replace

from reconciler.core.comparing.attributes import EXTERNAL_ID, USER_NAME
from reconciler.core.planning.drafts import Draft, PlanInput
from reconciler.core.planning.own_account import may_concern
from reconciler.workflow.ports import Directory


async def with_own_account(directory: Directory, given: PlanInput, draft: Draft) -> PlanInput:
    """The input with the account that the endpoint names (`/Me`), where a plan could concern it and `self` does not
    name one.
    """
    if given.target.settings.safety.own_account or not may_concern(draft.rows.operations):
        return given
    account = await directory.me()
    if account is None:
        return given
    names = (account.document.get(each) for each in (USER_NAME, EXTERNAL_ID))
    told = tuple(each for each in names if isinstance(each, str) and each)
    return replace(given, own_ids=(account.id,), own_accounts=(*given.own_accounts, *told))
