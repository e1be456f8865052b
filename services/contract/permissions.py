"""The permissions of the contract service. `shared.security.roles` says which roles have them."""

from typing import Final

from shared.security.roles import Permission

READ_ACTIONS: Final = Permission("read_actions", "actions:read")
DRAFT_ACTIONS: Final = Permission("draft_actions", "actions:write")
EDIT_ACTIONS: Final = Permission("edit_actions", "actions:write")
DECIDE_ACTIONS: Final = Permission("decide_actions", "actions:decide")
ADVISE_ON_ACTIONS: Final = Permission("advise_on_actions", "actions:decide")
READ_CONTRACTS: Final = Permission("read_contracts", "contracts:read", public=True)
READ_CONTRACT_DETAILS: Final = Permission("read_contract_details", "contracts:read")
DRAFT_CONTRACTS: Final = Permission("draft_contracts", "contracts:write")
REQUEST_SIGNATURES: Final = Permission("request_signatures", "contracts:write")
DECIDE_CONTRACTS: Final = Permission("decide_contracts", "contracts:decide")
TERMINATE_CONTRACTS: Final = Permission("terminate_contracts", "contracts:write")
COMMENT_ON_CONTRACTS: Final = Permission("comment_on_contracts", "contracts:decide")
ANSWER_COMMENTS: Final = Permission("answer_comments", "contracts:write")
ADVISE_ON_CONTRACTS: Final = Permission("advise_on_contracts", "contracts:decide")
SIGN_CONTRACTS: Final = Permission("sign_contracts", "contracts:sign")
READ_CEREMONIES: Final = Permission("read_ceremonies", "ceremonies:read", public=True)
ANNOUNCE_CEREMONIES: Final = Permission("announce_ceremonies", "ceremonies:write")
READ_REPORTS: Final = Permission("read_reports", "contracts:read", public=True)
WRITE_REPORTS: Final = Permission("write_reports", "contracts:write")
CHECK_REPORTS: Final = Permission("check_reports", "contracts:decide")
DEPOSIT_PAPER_COPIES: Final = Permission("deposit_paper_copies", "contracts:sign")
READ_TARGETS: Final = Permission("read_targets", "targets:read", public=True)
SET_TARGETS: Final = Permission("set_targets", "targets:write")
READ_RECORDS: Final = Permission("read_records", "records:read", public=True)
RECORD_FACTS: Final = Permission("record_facts", "records:write")
READ_PROGRESS: Final = Permission("read_progress", "progress:read", public=True)
VERIFY_DOCUMENTS: Final = Permission("verify_documents", "contracts:read", public=True)
COMPLETE_SEALS: Final = Permission("complete_seals", "contracts:sign")
