"""What CloudFormation needs for each type of resource that we deploy.

Actions are those of CloudFormation's handlers: to make it, to change it, to look at it, to delete it, to tag it. A test
holds that every type in the templates stands here and none besides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Group = Literal["state", "code", "around"]


@dataclass(frozen=True, kw_only=True)
class Need:
    """Actions on resources.

    Parameters
    ----------
    actions : str
        One service's, parted by blanks: `dynamodb:CreateTable DeleteTable`.
    on : tuple of str
        Resources without their `arn:<partition>:<service>:`; `R` and `A` stand for Region and account.
    condition : mapping
        Of the policy's language.
    """

    actions: str
    on: tuple[str, ...]
    condition: Mapping[str, Mapping[str, str | list[str]]] | None = None

    @property
    def service(self) -> str:
        """Such as `dynamodb`."""
        return self.actions.partition(":")[0]

    def listed(self) -> list[str]:
        """Actions with their service."""
        return [f"{self.service}:{action}" for action in self.actions.partition(":")[2].split()]


def _pass_role(service: str) -> Need:
    to = {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}
    return Need(actions="iam:PassRole", on=(":A:role/tallygate-*",), condition=to)


def _pass_connection(service: str) -> Need:
    to = {"StringEquals": {f"{service}:PassedToService": "codepipeline.amazonaws.com"}}
    return Need(actions=f"{service}:PassConnection", on=("R:A:connection/*",), condition=to)


OURS = {"StringEquals": {"aws:ResourceTag/application": "tallygate"}}
OF_OUR_FUNCTIONS = {"ArnLike": {"lambda:FunctionArn": "arn:P:lambda:R:A:function:tallygate-*"}}
_ASSETS = Need(actions="s3:GetObject", on=("::cdk-*-assets-A-R/*",))
_TABLE = (
    "CreateTable UpdateTable DeleteTable DescribeTable DescribeContinuousBackups UpdateContinuousBackups "
    "DescribeTimeToLive UpdateTimeToLive DescribeContributorInsights DescribeKinesisStreamingDestination "
    "GetResourcePolicy TagResource UntagResource ListTagsOfResource"
)
_BUCKET = (
    "CreateBucket DeleteBucket ListBucket GetBucketVersioning PutBucketVersioning GetEncryptionConfiguration "
    "PutEncryptionConfiguration GetLifecycleConfiguration PutLifecycleConfiguration GetBucketPublicAccessBlock "
    "PutBucketPublicAccessBlock GetBucketOwnershipControls PutBucketOwnershipControls GetBucketTagging PutBucketTagging"
)
_STREAM = (
    "CreateStream DeleteStream DescribeStream DescribeStreamSummary UpdateShardCount UpdateStreamMode "
    "IncreaseStreamRetentionPeriod DecreaseStreamRetentionPeriod StartStreamEncryption StopStreamEncryption "
    "AddTagsToStream RemoveTagsFromStream ListTagsForStream"
)
_FUNCTION = (
    "CreateFunction DeleteFunction GetFunction GetFunctionConfiguration UpdateFunctionCode UpdateFunctionConfiguration "
    "GetFunctionCodeSigningConfig GetRuntimeManagementConfig GetFunctionRecursionConfig PutFunctionConcurrency "
    "DeleteFunctionConcurrency TagResource UntagResource ListTags"
)
_ROLE = (
    "CreateRole DeleteRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy TagRole UntagRole "
    "ListRolePolicies ListAttachedRolePolicies GetRolePolicy PutRolePolicy DeleteRolePolicy"
)
_LOG_GROUPS = tuple(
    f"R:A:log-group:{name}" for name in ("/aws/lambda/tallygate-*", "/aws/vendedlogs/*tallygate-*", "/tallygate/*")
)
_ALARM = "PutMetricAlarm DeleteAlarms DescribeAlarms TagResource UntagResource ListTagsForResource"
_RULE = "PutRule DeleteRule DescribeRule PutTargets RemoveTargets ListTargetsByRule"
_TAGS = "TagResource UntagResource ListTagsForResource"

NEEDS: Mapping[Group, Mapping[str, tuple[Need, ...]]] = {
    "state": {
        "AWS::DynamoDB::Table": (Need(actions=f"dynamodb:{_TABLE}", on=("R:A:table/tallygate-*",)),),
        "AWS::S3::Bucket": (Need(actions=f"s3:{_BUCKET}", on=("::tallygate-*",)),),
        "AWS::S3::BucketPolicy": (
            Need(actions="s3:GetBucketPolicy PutBucketPolicy DeleteBucketPolicy", on=("::tallygate-*",)),
        ),
        "AWS::Kinesis::Stream": (Need(actions=f"kinesis:{_STREAM}", on=("R:A:stream/tallygate-*",)),),
        "AWS::KMS::Key": (
            Need(
                actions="kms:CreateKey TagResource",
                on=("*",),
                condition={"StringEquals": {"aws:RequestTag/application": "tallygate"}},
            ),
            Need(
                actions="kms:DescribeKey GetKeyPolicy PutKeyPolicy GetKeyRotationStatus EnableKeyRotation "
                "DisableKeyRotation UpdateKeyDescription ScheduleKeyDeletion ListResourceTags UntagResource "
                "CreateGrant Encrypt Decrypt GenerateDataKey",
                on=("R:A:key/*",),
                condition=OURS,
            ),
        ),
        "AWS::KMS::Alias": (
            Need(actions="kms:CreateAlias UpdateAlias DeleteAlias", on=("R:A:alias/tallygate-*",)),
            Need(actions="kms:CreateAlias UpdateAlias DeleteAlias", on=("R:A:key/*",), condition=OURS),
            Need(actions="kms:ListAliases", on=("*",)),
        ),
        "AWS::SSM::Parameter": (
            Need(
                actions="ssm:PutParameter DeleteParameter GetParameter GetParameters AddTagsToResource "
                "RemoveTagsFromResource ListTagsForResource",
                on=("R:A:parameter/tallygate/*",),
            ),
            # Templates read the version of the CDK's bootstrap.
            Need(actions="ssm:GetParameters", on=("R:A:parameter/cdk-bootstrap/*",)),
        ),
    },
    "code": {
        "AWS::Lambda::Function": (
            Need(actions=f"lambda:{_FUNCTION}", on=("R:A:function:tallygate-*",)),
            Need(actions="lambda:GetLayerVersion", on=("R:A:layer:tallygate-*:*",)),
            _ASSETS,
            _pass_role("lambda"),
        ),
        "AWS::Lambda::LayerVersion": (
            Need(actions="lambda:PublishLayerVersion", on=("R:A:layer:tallygate-*",)),
            Need(actions="lambda:GetLayerVersion DeleteLayerVersion", on=("R:A:layer:tallygate-*:*",)),
            _ASSETS,
        ),
        "AWS::Lambda::Permission": (
            Need(actions="lambda:AddPermission RemovePermission GetPolicy", on=("R:A:function:tallygate-*",)),
        ),
        "AWS::Lambda::EventInvokeConfig": (
            Need(
                actions="lambda:GetFunctionEventInvokeConfig PutFunctionEventInvokeConfig "
                "UpdateFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig",
                on=("R:A:function:tallygate-*",),
            ),
        ),
        "AWS::Lambda::EventSourceMapping": (
            Need(
                actions="lambda:CreateEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping "
                "GetEventSourceMapping",
                on=("*",),
                condition=OF_OUR_FUNCTIONS,
            ),
            Need(actions="lambda:TagResource UntagResource ListTags", on=("R:A:event-source-mapping:*",)),
        ),
        "AWS::Lambda::Version": (
            Need(
                actions="lambda:PublishVersion ListVersionsByFunction GetFunction GetFunctionConfiguration "
                "DeleteFunction",
                on=("R:A:function:tallygate-*",),
            ),
        ),
        "AWS::Lambda::Alias": (
            Need(actions="lambda:CreateAlias UpdateAlias DeleteAlias GetAlias", on=("R:A:function:tallygate-*",)),
        ),
        "AWS::CloudFormation::CustomResource": (
            Need(actions="lambda:InvokeFunction", on=("R:A:function:tallygate-*",)),
        ),
        "AWS::CloudFormation::Macro": (Need(actions="lambda:InvokeFunction", on=("R:A:function:tallygate-*",)),),
        "AWS::IAM::Role": (Need(actions=f"iam:{_ROLE}", on=(":A:role/tallygate-*",)),),
        "AWS::IAM::Policy": (
            Need(actions="iam:GetRolePolicy PutRolePolicy DeleteRolePolicy", on=(":A:role/tallygate-*",)),
        ),
        "AWS::Logs::LogGroup": (
            Need(
                actions=f"logs:CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey "
                f"DisassociateKmsKey GetDataProtectionPolicy {_TAGS}",
                on=_LOG_GROUPS,
            ),
            Need(actions="logs:DescribeLogGroups DescribeIndexPolicies DescribeResourcePolicies", on=("*",)),
        ),
        "AWS::Logs::MetricFilter": (
            Need(actions="logs:PutMetricFilter DeleteMetricFilter DescribeMetricFilters", on=_LOG_GROUPS),
        ),
        "AWS::Logs::QueryDefinition": (
            Need(actions="logs:PutQueryDefinition DeleteQueryDefinition DescribeQueryDefinitions", on=("*",)),
        ),
        "AWS::StepFunctions::StateMachine": (
            Need(
                actions="states:CreateStateMachine UpdateStateMachine DeleteStateMachine DescribeStateMachine "
                f"ListStateMachineVersions {_TAGS}",
                on=("R:A:stateMachine:tallygate-*",),
            ),
            _pass_role("states"),
        ),
    },
    "around": {
        "AWS::SNS::Topic": (
            Need(
                actions="sns:CreateTopic DeleteTopic GetTopicAttributes SetTopicAttributes ListSubscriptionsByTopic "
                f"GetDataProtectionPolicy {_TAGS}",
                on=("R:A:tallygate-*",),
            ),
        ),
        "AWS::SNS::TopicPolicy": (Need(actions="sns:GetTopicAttributes SetTopicAttributes", on=("R:A:tallygate-*",)),),
        "AWS::SNS::Subscription": (
            Need(
                actions="sns:Subscribe Unsubscribe GetSubscriptionAttributes SetSubscriptionAttributes",
                on=("R:A:tallygate-*",),
            ),
        ),
        "AWS::SQS::Queue": (
            Need(
                actions="sqs:CreateQueue DeleteQueue GetQueueUrl GetQueueAttributes SetQueueAttributes TagQueue "
                "UntagQueue ListQueueTags",
                on=("R:A:tallygate-*",),
            ),
        ),
        "AWS::SQS::QueuePolicy": (Need(actions="sqs:GetQueueAttributes SetQueueAttributes", on=("R:A:tallygate-*",)),),
        "AWS::CloudWatch::Alarm": (Need(actions=f"cloudwatch:{_ALARM}", on=("R:A:alarm:tallygate-*",)),),
        "AWS::CloudWatch::Dashboard": (
            Need(actions="cloudwatch:PutDashboard GetDashboard DeleteDashboards", on=(":A:dashboard/tallygate-*",)),
        ),
        "AWS::Events::Rule": (
            Need(actions=f"events:{_RULE} {_TAGS}", on=("R:A:rule/tallygate-*",)),
            _pass_role("events"),
        ),
        "AWS::Events::EventBus": (
            Need(
                actions=f"events:CreateEventBus UpdateEventBus DeleteEventBus DescribeEventBus {_TAGS}",
                on=("R:A:event-bus/tallygate-*",),
            ),
        ),
        "AWS::CodePipeline::Pipeline": (
            Need(
                actions="codepipeline:CreatePipeline UpdatePipeline DeletePipeline GetPipeline GetPipelineState "
                f"StartPipelineExecution {_TAGS}",  # one that has changed is started anew
                on=("R:A:tallygate-*",),
            ),
            _pass_role("codepipeline"),
            _pass_connection("codeconnections"),
            _pass_connection("codestar-connections"),  # what connections were called before
        ),
        "AWS::CodeBuild::Project": (
            Need(
                actions="codebuild:CreateProject UpdateProject DeleteProject BatchGetProjects",
                on=("R:A:project/tallygate-*",),
            ),
            _pass_role("codebuild"),
        ),
    },
}
