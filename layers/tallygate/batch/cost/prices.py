"""What AWS asks for, in dollars: us-east-1, on demand, list prices without any free tier."""

import msgspec


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """Dollars for one of each. Another region or architecture is another instance.

    Sources: AWS's price lists of November 2026 as the project's design quotes them, but for those marked *, which only
    AWS's price pages have; they are spent a few times a batch.

    Parameters
    ----------
    transition : float
        Of a Standard execution: a state entered, a retry, or a child that a Distributed Map starts.
    express_request, express_gb_second : float
        Of an Express execution; its time is billed in steps of 100 ms, its memory in steps of 64 MB.
    invocation, lambda_gb_second : float
        Of a function on x86; arm64 is $0.0000133334.
    write_unit, read_unit : float
        Of DynamoDB on demand.
    sqs_request : float
    s3_get, s3_put : float
        S3 requests; put is *.
    event, notification : float
        A custom event of EventBridge *, a publication to SNS *.
    """

    transition: float = 25e-6
    express_request: float = 1e-6
    express_gb_second: float = 0.06 / 3600
    invocation: float = 0.20e-6
    lambda_gb_second: float = 0.0000166667
    write_unit: float = 0.625e-6
    read_unit: float = 0.125e-6
    sqs_request: float = 0.40e-6
    s3_get: float = 0.40e-6
    s3_put: float = 5e-6
    event: float = 1e-6
    notification: float = 0.50e-6


US_EAST_1 = Prices()
