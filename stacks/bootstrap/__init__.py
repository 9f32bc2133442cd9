"""What an account needs before the first deployment: a policy for CloudFormation's role, and the CDK's own stack."""
