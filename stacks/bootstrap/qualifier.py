"""What tells one bootstrap of an account from another; the CDK has one of its own where the context names none."""

QUALIFIER = "@aws-cdk/core:bootstrapQualifier"  # in the context of cdk.json
