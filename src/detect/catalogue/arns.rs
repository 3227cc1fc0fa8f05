//! Which kind an ARN is, by its service and the type of its resource.
//!
//! Source: the service authorization reference ("Resource types defined by …").

use super::kinds::Kind;

/// Where in the resource part the resource's own name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// Nowhere, or it has a shape that is found without help.
    None,
    /// The first segment after the type: `function:NAME:alias`, `table/NAME/index/x`.
    AfterType,
    /// The last segment: `role/some/path/NAME`.
    Last,
    /// The first segment, there is no type: `arn:aws:sns:…:NAME`, `arn:aws:s3:::NAME/key`.
    First,
    /// All after `type:` up to the next colon: `log-group:/aws/lambda/x:*`.
    Path,
}

/// `(service, resource type or "" for any, kind, name)`. The first row that fits decides; no row: [`Kind::Arn`].
pub static SERVICES: &[(&str, &str, Kind, Name)] = &[
    ("acm", "", Kind::Acm, Name::None),
    ("apigateway", "", Kind::ApiGateway, Name::None),
    ("athena", "", Kind::Athena, Name::AfterType),
    ("batch", "", Kind::Batch, Name::AfterType),
    ("cloudformation", "stack", Kind::Cloudformation, Name::AfterType),
    ("cloudformation", "", Kind::Cloudformation, Name::None),
    ("cloudfront", "", Kind::Cloudfront, Name::None),
    ("codecommit", "", Kind::Codecommit, Name::First),
    ("dynamodb", "table", Kind::Dynamodb, Name::AfterType),
    ("dynamodb", "", Kind::Dynamodb, Name::None),
    ("ec2", "image", Kind::Ami, Name::None),
    ("ec2", "instance", Kind::Ec2, Name::None),
    ("ec2", "security-group", Kind::SecurityGroup, Name::None),
    ("ec2", "snapshot", Kind::Snapshot, Name::None),
    ("ec2", "subnet", Kind::Subnet, Name::None),
    ("ec2", "volume", Kind::EbsVolume, Name::None),
    ("ec2", "vpc", Kind::Vpc, Name::None),
    ("ecr", "repository", Kind::Ecr, Name::Path),
    ("ecs", "task", Kind::Ecs, Name::None),
    ("ecs", "service", Kind::Ecs, Name::Last),
    ("ecs", "", Kind::Ecs, Name::AfterType),
    ("eks", "", Kind::Eks, Name::AfterType),
    ("elasticache", "", Kind::Elasticache, Name::AfterType),
    ("elasticfilesystem", "", Kind::Efs, Name::None),
    ("elasticloadbalancing", "targetgroup", Kind::Elb, Name::AfterType),
    ("elasticloadbalancing", "", Kind::Elb, Name::None),
    ("es", "", Kind::Elasticsearch, Name::AfterType),
    ("execute-api", "", Kind::ApiGateway, Name::None),
    ("glue", "job", Kind::Glue, Name::AfterType),
    ("glue", "", Kind::Glue, Name::None),
    ("iam", "role", Kind::IamRole, Name::Last),
    ("iam", "user", Kind::IamUser, Name::Last),
    ("iam", "instance-profile", Kind::Arn, Name::Last),
    ("iam", "group", Kind::Arn, Name::Last),
    ("kinesis", "", Kind::Kinesis, Name::AfterType),
    ("kms", "", Kind::Kms, Name::AfterType),
    ("lambda", "function", Kind::Lambda, Name::AfterType),
    ("lambda", "", Kind::Lambda, Name::AfterType),
    ("logs", "", Kind::LogGroup, Name::Path),
    ("memorydb", "", Kind::Elasticache, Name::AfterType),
    ("rds", "", Kind::Rds, Name::AfterType),
    ("redshift", "", Kind::Redshift, Name::AfterType),
    ("route53", "", Kind::Route53, Name::None),
    ("s3", "", Kind::S3Bucket, Name::First),
    ("sagemaker", "", Kind::Sagemaker, Name::AfterType),
    ("secretsmanager", "", Kind::Secret, Name::None),
    ("sns", "", Kind::Sns, Name::First),
    ("sqs", "", Kind::Sqs, Name::First),
    ("ssm", "parameter", Kind::Parameter, Name::None),
    ("states", "", Kind::StepFunctions, Name::AfterType),
    ("sts", "assumed-role", Kind::IamRole, Name::AfterType),
];
