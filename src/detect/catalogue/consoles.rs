//! The pages of the management console that name a resource, as people paste them into a chat.
//!
//! Source: the addresses that the console of each service shows.

use super::kinds::Kind;
use super::names::Form::{self, KmsKey, Name, Path};

/// What such an address has behind `console`, in each partition.
pub const DOMAINS: &[&str] = &[".aws.amazon.com", ".amazonaws-us-gov.com", ".amazonaws.cn"];

/// `(path of the service, what stands in front of the name, its form, kind)`. A name ends at the next slash, a path with the
/// page's own path.
pub static PAGES: &[(&str, &str, Form, Kind)] = &[
    ("/aos/", "/domains/", Name, Kind::Elasticsearch),
    ("/apigateway/", "/apis/", Name, Kind::ApiGateway),
    ("/cloudwatch/", "#alarmsV2:alarm/", Name, Kind::Resource),
    ("/cloudwatch/", "/dashboard/", Name, Kind::Resource),
    ("/cloudwatch/", "/log-group/", Name, Kind::LogGroup),
    ("/codesuite/codebuild/", "/projects/", Name, Kind::Resource),
    ("/codesuite/codecommit/", "/repositories/", Name, Kind::Codecommit),
    ("/codesuite/codepipeline/", "/pipelines/", Name, Kind::Resource),
    ("/dynamodbv2/", "?table=", Name, Kind::Dynamodb),
    ("/dynamodbv2/", "&table=", Name, Kind::Dynamodb),
    ("/dynamodbv2/", "#table?name=", Name, Kind::Dynamodb),
    ("/ec2/", "#AutoScalingGroupDetails:id=", Name, Kind::AutoScaling),
    ("/ec2/", "#AutoScalingGroups:id=", Name, Kind::AutoScaling),
    ("/ec2/", "#KeyPairs:keyName=", Name, Kind::KeyPair),
    ("/ecr/", "/repositories/private/", Path, Kind::Ecr),
    ("/ecs/", "/clusters/", Name, Kind::Ecs),
    ("/ecs/", "/services/", Name, Kind::Ecs),
    ("/ecs/", "/task-definitions/", Name, Kind::Ecs),
    ("/eks/", "/clusters/", Name, Kind::Eks),
    ("/elasticache/", "#/memcached/", Name, Kind::Elasticache),
    ("/elasticache/", "#/redis/", Name, Kind::Elasticache),
    ("/elasticache/", "#/valkey/", Name, Kind::Elasticache),
    ("/events/", "/rules/", Name, Kind::Resource),
    ("/firehose/", "/details/", Name, Kind::Kinesis),
    ("/gluestudio/", "/job/", Name, Kind::Glue),
    ("/iam/", "/groups/", Name, Kind::IamGroup),
    ("/iam/", "/roles/", Name, Kind::IamRole),
    ("/iam/", "/users/", Name, Kind::IamUser),
    ("/iamv2/", "/groups/", Name, Kind::IamGroup),
    ("/iamv2/", "/roles/", Name, Kind::IamRole),
    ("/iamv2/", "/users/", Name, Kind::IamUser),
    ("/kinesis/", "/streams/", Name, Kind::Kinesis),
    ("/kms/", "/keys/", KmsKey, Kind::Kms),
    ("/lambda/", "/functions/", Name, Kind::Lambda),
    ("/memorydb/", "#/clusters/", Name, Kind::Elasticache),
    ("/rds/", ":id=", Name, Kind::Rds),
    ("/redshiftv2/", "?cluster=", Name, Kind::Redshift),
    ("/s3/", "/bucket/", Name, Kind::S3Bucket),
    ("/s3/", "/buckets/", Name, Kind::S3Bucket),
    ("/s3/", "/object/", Name, Kind::S3Bucket),
    ("/s3/", "/upload/", Name, Kind::S3Bucket),
    ("/sagemaker/", "/endpoints/", Name, Kind::Sagemaker),
    ("/sagemaker/", "/notebook-instances/", Name, Kind::Sagemaker),
    ("/secretsmanager/", "?name=", Path, Kind::Secret),
    ("/systems-manager/", "/parameters/", Path, Kind::Parameter),
];

/// What may stand between that and the name, beside an account id.
pub const BETWEEN: &[&str] = &["details/"];

/// Pages that stand where a name would, and are none. Sorted.
pub const OWN_PAGES: &[&str] = &["add", "create", "dashboard", "details", "edit", "home", "list", "new"];

/// What may stand behind a path and is the page's.
pub const BEHIND_PATH: &[&str] = &["/_/", "/description", "/details"];

/// How CloudWatch's console writes the slash of a log group.
pub const SLASH: &str = "$252F";
