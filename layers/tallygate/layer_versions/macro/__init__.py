"""UseLatest, the CloudFormation macro: in a template, layers without a version become the ARN of the newest one."""
