//! Names without a shape, found by what introduces them.
//!
//! A key counts however it is spelled: `DBInstanceIdentifier`, `db_instance_identifier`, `--db-instance-identifier` and
//! `dbInstanceIdentifier` are one row, written in lower case without separators. A plural `s` is ignored.
//! Sources: AWS CLI command reference, CloudFormation resource reference, Terraform AWS provider.

use super::kinds::Kind;

/// What a value must look like to be taken for the name that its key promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A resource name: letters, digits and `. _ - / # + = @ ,`, with at least one letter.
    Name,
    /// Twelve digits.
    Account,
    /// 40 characters of base64: a secret access key.
    Secret,
    /// At least 100 characters of base64: a session token.
    SessionToken,
}

/// `(key, kind, form of its value)`, sorted by key.
pub static KEYS: &[(&str, Kind, Form)] = &[
    ("accountid", Kind::Account, Form::Account),
    ("aliasname", Kind::Kms, Form::Name),
    ("awsaccount", Kind::Account, Form::Account),
    ("awsaccountid", Kind::Account, Form::Account),
    ("awssecretaccesskey", Kind::SecretKey, Form::Secret),
    ("awssecretkey", Kind::SecretKey, Form::Secret),
    ("awssecuritytoken", Kind::SessionToken, Form::SessionToken),
    ("awssessiontoken", Kind::SessionToken, Form::SessionToken),
    ("bucket", Kind::S3Bucket, Form::Name),
    ("bucketname", Kind::S3Bucket, Form::Name),
    ("cacheclusterid", Kind::Elasticache, Form::Name),
    ("cacheclusteridentifier", Kind::Elasticache, Form::Name),
    ("clusteridentifier", Kind::Redshift, Form::Name),
    ("dbclusteridentifier", Kind::Rds, Form::Name),
    ("dbinstanceidentifier", Kind::Rds, Form::Name),
    ("dbsnapshotidentifier", Kind::Rds, Form::Name),
    ("deliverystreamname", Kind::Kinesis, Form::Name),
    ("destinationbucket", Kind::S3Bucket, Form::Name),
    ("dynamodbtable", Kind::Dynamodb, Form::Name),
    ("dynamodbtablename", Kind::Dynamodb, Form::Name),
    ("ecscluster", Kind::Ecs, Form::Name),
    ("ecsclustername", Kind::Ecs, Form::Name),
    ("ecsservicename", Kind::Ecs, Form::Name),
    ("ekscluster", Kind::Eks, Form::Name),
    ("eksclustername", Kind::Eks, Form::Name),
    ("functionname", Kind::Lambda, Form::Name),
    ("globalclusteridentifier", Kind::Rds, Form::Name),
    ("gluejob", Kind::Glue, Form::Name),
    ("gluejobname", Kind::Glue, Form::Name),
    ("iamrole", Kind::IamRole, Form::Name),
    ("iamuser", Kind::IamUser, Form::Name),
    ("iamusername", Kind::IamUser, Form::Name),
    ("instanceprofilename", Kind::IamRole, Form::Name),
    ("jobqueuename", Kind::Batch, Form::Name),
    ("kmskeyid", Kind::Kms, Form::Name),
    ("kmsmasterkeyid", Kind::Kms, Form::Name),
    ("lambdafunction", Kind::Lambda, Form::Name),
    ("lambdafunctionname", Kind::Lambda, Form::Name),
    ("loadbalancername", Kind::Elb, Form::Name),
    ("loggroup", Kind::LogGroup, Form::Name),
    ("loggroupname", Kind::LogGroup, Form::Name),
    ("ownerid", Kind::Account, Form::Account),
    ("payeraccountid", Kind::Account, Form::Account),
    ("queuename", Kind::Sqs, Form::Name),
    ("recipientaccountid", Kind::Account, Form::Account),
    ("replicationgroupid", Kind::Elasticache, Form::Name),
    ("rolename", Kind::IamRole, Form::Name),
    ("s3bucket", Kind::S3Bucket, Form::Name),
    ("s3bucketname", Kind::S3Bucket, Form::Name),
    ("secretaccesskey", Kind::SecretKey, Form::Secret),
    ("secretid", Kind::Secret, Form::Name),
    ("securitytoken", Kind::SessionToken, Form::SessionToken),
    ("sessiontoken", Kind::SessionToken, Form::SessionToken),
    ("sourcebucket", Kind::S3Bucket, Form::Name),
    ("sourcedbinstanceidentifier", Kind::Rds, Form::Name),
    ("stackname", Kind::Cloudformation, Form::Name),
    ("statemachinename", Kind::StepFunctions, Form::Name),
    ("streamname", Kind::Kinesis, Form::Name),
    ("tablename", Kind::Dynamodb, Form::Name),
    ("targetbucket", Kind::S3Bucket, Form::Name),
    ("targetgroupname", Kind::Elb, Form::Name),
    ("topicname", Kind::Sns, Form::Name),
    ("useraccountid", Kind::Account, Form::Account),
    ("workgroupname", Kind::Athena, Form::Name),
    ("xamzsecuritytoken", Kind::SessionToken, Form::SessionToken),
];

/// Values that such keys have everywhere and that name nothing of a customer. Sorted.
pub static COMMON: &[&str] = &[
    "all",
    "array",
    "boolean",
    "default",
    "disabled",
    "enabled",
    "false",
    "integer",
    "main",
    "name",
    "none",
    "null",
    "number",
    "object",
    "primary",
    "string",
    "true",
    "undefined",
    "unknown",
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_tables_are_sorted() {
        assert!(super::KEYS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(super::COMMON.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
