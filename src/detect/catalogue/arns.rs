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
    /// The second segment after the type: `loadbalancer/app/NAME/50dc6c495c0c9188`.
    Second,
    /// The last segment: `role/some/path/NAME`.
    Last,
    /// The first segment, there is no type: `arn:aws:sns:…:NAME`, `arn:aws:s3:::NAME/key`.
    First,
    /// All after `type:` up to the next colon: `log-group:/aws/lambda/x:*`.
    Path,
    /// All after the type with the slash in front: `parameter/prod/db` is the parameter `/prod/db`.
    Rooted,
    /// As [`Name::Path`] without the six random characters at its end: `secret:prod/db-AbCdEf`.
    Secret,
}

/// Resources whose names may have spaces, by service and what the resource part begins with.
///
/// Source: the API references of CloudWatch (`AlarmName`), Elastic Beanstalk (`ApplicationName`), Budgets (`BudgetName`)
/// and Glue (`Name` of a job).
pub static SPACED: &[(&str, &str)] = &[
    ("budgets", "budget/"),
    ("cloudwatch", "alarm:"),
    ("elasticbeanstalk", "application/"),
    ("elasticbeanstalk", "applicationversion/"),
    ("elasticbeanstalk", "configurationtemplate/"),
    ("elasticbeanstalk", "environment/"),
    ("glue", "job/"),
];

/// `(service, resource type or "" for any, kind, name, kind of the name)`. The first row that fits decides; no row:
/// [`Kind::Arn`].
pub static SERVICES: &[(&str, &str, Kind, Name, Kind)] = &[
    ("acm", "", Kind::Acm, Name::None, Kind::Acm),
    ("apigateway", "", Kind::ApiGateway, Name::None, Kind::ApiGateway),
    ("athena", "", Kind::Athena, Name::AfterType, Kind::Athena),
    ("autoscaling", "", Kind::Arn, Name::Last, Kind::AutoScaling),
    ("backup", "backup-vault", Kind::Arn, Name::AfterType, Kind::Resource),
    ("batch", "", Kind::Batch, Name::AfterType, Kind::Batch),
    ("cloudformation", "stack", Kind::Cloudformation, Name::AfterType, Kind::Cloudformation),
    ("cloudformation", "stackset", Kind::Cloudformation, Name::AfterType, Kind::Cloudformation),
    ("cloudformation", "", Kind::Cloudformation, Name::None, Kind::Cloudformation),
    ("cloudfront", "", Kind::Cloudfront, Name::None, Kind::Cloudfront),
    ("codebuild", "project", Kind::Arn, Name::AfterType, Kind::Resource),
    ("codecommit", "", Kind::Codecommit, Name::First, Kind::Codecommit),
    ("codepipeline", "", Kind::Arn, Name::First, Kind::Resource),
    ("dynamodb", "table", Kind::Dynamodb, Name::AfterType, Kind::Dynamodb),
    ("dynamodb", "", Kind::Dynamodb, Name::None, Kind::Dynamodb),
    ("ec2", "image", Kind::Ami, Name::None, Kind::Ami),
    ("ec2", "instance", Kind::Ec2, Name::None, Kind::Ec2),
    ("ec2", "key-pair", Kind::Arn, Name::AfterType, Kind::KeyPair),
    ("ec2", "security-group", Kind::SecurityGroup, Name::None, Kind::SecurityGroup),
    ("ec2", "snapshot", Kind::Snapshot, Name::None, Kind::Snapshot),
    ("ec2", "subnet", Kind::Subnet, Name::None, Kind::Subnet),
    ("ec2", "volume", Kind::EbsVolume, Name::None, Kind::EbsVolume),
    ("ec2", "vpc", Kind::Vpc, Name::None, Kind::Vpc),
    ("ecr", "repository", Kind::Ecr, Name::Path, Kind::Ecr),
    ("ecs", "service", Kind::Ecs, Name::Last, Kind::Ecs),
    ("ecs", "task", Kind::Ecs, Name::AfterType, Kind::Ecs),
    ("ecs", "", Kind::Ecs, Name::AfterType, Kind::Ecs),
    ("eks", "", Kind::Eks, Name::AfterType, Kind::Eks),
    ("elasticache", "", Kind::Elasticache, Name::AfterType, Kind::Elasticache),
    ("elasticfilesystem", "", Kind::Efs, Name::None, Kind::Efs),
    ("elasticloadbalancing", "targetgroup", Kind::Elb, Name::AfterType, Kind::Elb),
    ("elasticloadbalancing", "", Kind::Elb, Name::Second, Kind::Elb),
    ("es", "", Kind::Elasticsearch, Name::AfterType, Kind::Elasticsearch),
    ("events", "rule", Kind::Arn, Name::Last, Kind::Resource),
    ("execute-api", "", Kind::ApiGateway, Name::First, Kind::ApiGateway),
    ("firehose", "deliverystream", Kind::Arn, Name::AfterType, Kind::Kinesis),
    ("glue", "job", Kind::Glue, Name::AfterType, Kind::Glue),
    ("glue", "database", Kind::Glue, Name::AfterType, Kind::Glue),
    ("glue", "crawler", Kind::Glue, Name::AfterType, Kind::Glue),
    ("glue", "", Kind::Glue, Name::None, Kind::Glue),
    ("iam", "role", Kind::IamRole, Name::Last, Kind::IamRole),
    ("iam", "user", Kind::IamUser, Name::Last, Kind::IamUser),
    ("iam", "instance-profile", Kind::Arn, Name::Last, Kind::IamRole),
    ("iam", "group", Kind::Arn, Name::Last, Kind::IamGroup),
    ("iam", "policy", Kind::Arn, Name::Last, Kind::IamPolicy),
    ("kafka", "cluster", Kind::Arn, Name::AfterType, Kind::Resource),
    ("kinesis", "", Kind::Kinesis, Name::AfterType, Kind::Kinesis),
    ("kms", "key", Kind::Kms, Name::AfterType, Kind::Kms),
    ("kms", "alias", Kind::Kms, Name::AfterType, Kind::Kms),
    ("kms", "", Kind::Kms, Name::None, Kind::Kms),
    ("lambda", "event-source-mapping", Kind::Lambda, Name::None, Kind::Lambda),
    ("lambda", "", Kind::Lambda, Name::AfterType, Kind::Lambda),
    ("logs", "log-group", Kind::LogGroup, Name::Path, Kind::LogGroup),
    ("logs", "", Kind::LogGroup, Name::None, Kind::LogGroup),
    ("memorydb", "", Kind::Elasticache, Name::AfterType, Kind::Elasticache),
    ("rds", "", Kind::Rds, Name::AfterType, Kind::Rds),
    ("redshift", "dbuser", Kind::Redshift, Name::AfterType, Kind::Redshift),
    ("redshift", "", Kind::Redshift, Name::AfterType, Kind::Redshift),
    ("route53", "", Kind::Route53, Name::None, Kind::Route53),
    ("s3", "accesspoint", Kind::S3Bucket, Name::AfterType, Kind::S3Bucket),
    ("s3", "", Kind::S3Bucket, Name::First, Kind::S3Bucket),
    ("sagemaker", "", Kind::Sagemaker, Name::AfterType, Kind::Sagemaker),
    ("secretsmanager", "secret", Kind::Secret, Name::Secret, Kind::Secret),
    ("secretsmanager", "", Kind::Secret, Name::None, Kind::Secret),
    ("sns", "", Kind::Sns, Name::First, Kind::Sns),
    ("sqs", "", Kind::Sqs, Name::First, Kind::Sqs),
    ("ssm", "parameter", Kind::Parameter, Name::Rooted, Kind::Parameter),
    ("states", "", Kind::StepFunctions, Name::AfterType, Kind::StepFunctions),
    ("sts", "assumed-role", Kind::IamRole, Name::AfterType, Kind::IamRole),
    ("sts", "federated-user", Kind::IamUser, Name::AfterType, Kind::IamUser),
];
