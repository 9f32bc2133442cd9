"""UseLatest: a template in, the same with the newest version of each layer out."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Tracer

from tallygate.layer_versions.macro import protocol
from tallygate.layer_versions.macro.wiring import use_latest

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, tracer = Logger(), Tracer(patch_modules=("botocore",))
MARGIN_SECONDS = 5  # kept back, so that a slow Lambda is answered for before the platform ends us


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Takes and returns what CloudFormation's protocol for macros says."""
    try:
        answer = use_latest(event, seconds=context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS)
    except Exception as error:
        # Raised, it would reach whoever deploys as "malformed response", without a word of what it was.
        logger.exception("failed", extra={"request": event["requestId"]})
        return protocol.failure(event, f"{type(error).__name__}, see {context.log_group_name}: {error}")
    logger.info(answer["status"], extra={"request": event["requestId"], "said": answer.get("errorMessage")})
    return answer
