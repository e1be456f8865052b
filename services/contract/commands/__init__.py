"""Commands: each loads, decides, stores and publishes, in the transaction of its caller."""

from services.contract.commands.actions import (
    change_action,
    delete_action,
    draft_action,
    give_opinion,
    name_asked_operator,
    reject_action,
    return_action,
    submit_action,
    validate_action,
)
from services.contract.commands.amendments import open_amendment
from services.contract.commands.ceremonies import (
    announce_ceremony,
    cancel_ceremony,
    change_ceremony,
    name_ceremony,
)
from services.contract.commands.comments import (
    answer_comment,
    comment_on_contract,
    give_opinion_on_contract,
    resolve_comment,
)
from services.contract.commands.contracts import (
    approve_contract,
    cancel_contract,
    change_contract,
    open_contract,
    return_contract,
    submit_contract,
)
from services.contract.commands.dossiers import build_dossier
from services.contract.commands.ends import denounce_contract, end_due_contracts, revoke_end, terminate_contract
from services.contract.commands.load import load as load_reference
from services.contract.commands.load import load_records
from services.contract.commands.paper_contracts import enter_signed_contract
from services.contract.commands.papers import deposit_paper_copy, withdraw_paper_copy
from services.contract.commands.progress import count, count_all, count_designations, count_mandates
from services.contract.commands.projections import (
    follow_perimeter,
    know_committees,
    know_decisions,
    know_figures,
    know_requests,
    know_sources,
)
from services.contract.commands.records import correct_record, record_fact, withdraw_record
from services.contract.commands.reports import (
    begin_report,
    change_report,
    check_report,
    open_owed_reports,
    publish_reminders,
    reopen_report,
    submit_report,
)
from services.contract.commands.sealing import (
    SEALING_PATIENCE,
    SealingFailed,
    add_validation_data,
    seal_pdf,
    stamp_pdf,
)
from services.contract.commands.seals import keep_event, keep_sealed, postpone_seal
from services.contract.commands.signatures import (
    ask_again,
    change_circuit,
    decline_contract,
    delegate_signature,
    follow_signatures,
    replace_party,
    request_signatures,
    revoke_delegation,
    sign_contract,
    take_out_party,
    withdraw_signature,
)
from services.contract.commands.succession import follow_organisations
from services.contract.commands.targets import change_target, set_target, withdraw_target
from services.contract.commands.typesetting import typeset
from services.contract.commands.validation import validate_pdf

__all__ = [
    "SEALING_PATIENCE",
    "SealingFailed",
    "add_validation_data",
    "announce_ceremony",
    "answer_comment",
    "approve_contract",
    "ask_again",
    "begin_report",
    "build_dossier",
    "cancel_ceremony",
    "cancel_contract",
    "change_action",
    "change_ceremony",
    "change_circuit",
    "change_contract",
    "change_report",
    "change_target",
    "check_report",
    "comment_on_contract",
    "correct_record",
    "count",
    "count_all",
    "count_designations",
    "count_mandates",
    "decline_contract",
    "delegate_signature",
    "delete_action",
    "denounce_contract",
    "deposit_paper_copy",
    "draft_action",
    "end_due_contracts",
    "enter_signed_contract",
    "follow_organisations",
    "follow_perimeter",
    "follow_signatures",
    "give_opinion",
    "give_opinion_on_contract",
    "keep_event",
    "keep_sealed",
    "know_committees",
    "know_decisions",
    "know_figures",
    "know_requests",
    "know_sources",
    "load_records",
    "load_reference",
    "name_asked_operator",
    "name_ceremony",
    "open_amendment",
    "open_contract",
    "open_owed_reports",
    "postpone_seal",
    "publish_reminders",
    "record_fact",
    "reject_action",
    "reopen_report",
    "replace_party",
    "request_signatures",
    "resolve_comment",
    "return_action",
    "return_contract",
    "revoke_delegation",
    "revoke_end",
    "seal_pdf",
    "set_target",
    "sign_contract",
    "stamp_pdf",
    "submit_action",
    "submit_contract",
    "submit_report",
    "take_out_party",
    "terminate_contract",
    "typeset",
    "validate_action",
    "validate_pdf",
    "withdraw_paper_copy",
    "withdraw_record",
    "withdraw_signature",
    "withdraw_target",
]
