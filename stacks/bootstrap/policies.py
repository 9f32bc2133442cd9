"""The CDK app of the deployment policy: one stack, deployed before there is anything of the CDK in the account."""

from aws_cdk import App, Aws, BootstraplessSynthesizer, CfnOutput, Stack, Tags, Validations
from aws_cdk import aws_iam as iam
from cdk_nag import AwsSolutionsChecks

from stacks.bootstrap.document import document
from stacks.bootstrap.needs import NEEDS
from stacks.constructs.nag import acknowledge, wildcard

NAME = "tallygate-deployment"


class DeploymentPolicies(Stack):
    """What CloudFormation may do when it deploys Tallygate: managed policies, one a group of needs."""

    def __init__(self, scope: App) -> None:
        super().__init__(
            scope,
            "DeploymentPolicies",
            stack_name=NAME,
            description="Tallygate: what CloudFormation's role may do",
            synthesizer=BootstraplessSynthesizer(),
            termination_protection=True,
        )
        for group, needs in NEEDS.items():
            allowed = document(
                [need for kind in needs.values() for need in kind],
                partition=Aws.PARTITION,
                region=Aws.REGION,
                account=Aws.ACCOUNT_ID,
            )
            policy = iam.CfnManagedPolicy(
                self,
                group.capitalize(),
                managed_policy_name=f"{NAME}-{Aws.REGION}-{group}",
                description=f"What CloudFormation needs to deploy Tallygate: {group}",
                policy_document=allowed,
            )
            CfnOutput(self, f"{group.capitalize()}Arn", value=policy.ref)
            stars = {one for statement in allowed["Statement"] for one in statement["Resource"] if "*" in one}
            reason = "Resources of ours, by the prefix of their names, a tag, or the function that they belong to."
            acknowledge(policy, {wildcard(resource): reason for resource in stars})
        CfnOutput(self, "Place", value=f"aws://{Aws.ACCOUNT_ID}/{Aws.REGION}")
        Tags.of(self).add("application", "tallygate")


def main() -> None:
    """Synthesize."""
    app = App()
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    DeploymentPolicies(app)
    app.synth()


if __name__ == "__main__":
    main()
