//! Every kind of identifier: its token, the counter its numbers come from, its switch.
//!
//! The first block is what existing installations have in their stores; its rows must not change. Sources of the
//! shapes: the AWS service authorization reference and the EC2 and IAM user guides.

use crate::config::Config;
use foldhash::fast::FixedState;
use once_cell::sync::Lazy;
use std::collections::HashMap;

/// The configuration field that turns a group of kinds off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// No field: always masked.
    Always,
    /// `mask_ec2_instances`
    Ec2Instances,
    /// `mask_s3_buckets`
    S3Buckets,
    /// `mask_rds_instances`
    RdsInstances,
    /// `mask_private_ips`
    PrivateIps,
    /// `mask_public_ips`
    PublicIps,
    /// `mask_account_ids`
    Accounts,
    /// `mask_credentials`
    Credentials,
    /// `mask_iam`
    Iam,
    /// `mask_arns`
    Arns,
    /// `mask_networks`
    Networks,
    /// `mask_storage`
    Storage,
    /// `mask_compute`
    Compute,
    /// `mask_databases`
    Databases,
    /// `mask_messaging`
    Messaging,
    /// `mask_endpoints`
    Endpoints,
    /// `mask_secrets`
    Secrets,
    /// `mask_analytics`
    Analytics,
    /// `mask_management`
    Management,
}

impl Switch {
    /// Whether the configuration leaves the group on.
    pub fn is_on(self, config: &Config) -> bool {
        match self {
            Switch::Always => true,
            Switch::Ec2Instances => config.mask_ec2_instances,
            Switch::S3Buckets => config.mask_s3_buckets,
            Switch::RdsInstances => config.mask_rds_instances,
            Switch::PrivateIps => config.mask_private_ips,
            Switch::PublicIps => config.mask_public_ips,
            Switch::Accounts => config.mask_account_ids,
            Switch::Credentials => config.mask_credentials,
            Switch::Iam => config.mask_iam,
            Switch::Arns => config.mask_arns,
            Switch::Networks => config.mask_networks,
            Switch::Storage => config.mask_storage,
            Switch::Compute => config.mask_compute,
            Switch::Databases => config.mask_databases,
            Switch::Messaging => config.mask_messaging,
            Switch::Endpoints => config.mask_endpoints,
            Switch::Secrets => config.mask_secrets,
            Switch::Analytics => config.mask_analytics,
            Switch::Management => config.mask_management,
        }
    }

    /// The field's name in the configuration.
    pub fn field(self) -> Option<&'static str> {
        match self {
            Switch::Always => None,
            Switch::Ec2Instances => Some("mask_ec2_instances"),
            Switch::S3Buckets => Some("mask_s3_buckets"),
            Switch::RdsInstances => Some("mask_rds_instances"),
            Switch::PrivateIps => Some("mask_private_ips"),
            Switch::PublicIps => Some("mask_public_ips"),
            Switch::Accounts => Some("mask_account_ids"),
            Switch::Credentials => Some("mask_credentials"),
            Switch::Iam => Some("mask_iam"),
            Switch::Arns => Some("mask_arns"),
            Switch::Networks => Some("mask_networks"),
            Switch::Storage => Some("mask_storage"),
            Switch::Compute => Some("mask_compute"),
            Switch::Databases => Some("mask_databases"),
            Switch::Messaging => Some("mask_messaging"),
            Switch::Endpoints => Some("mask_endpoints"),
            Switch::Secrets => Some("mask_secrets"),
            Switch::Analytics => Some("mask_analytics"),
            Switch::Management => Some("mask_management"),
        }
    }
}

/// One kind of identifier.
#[derive(Debug)]
pub struct KindInfo {
    /// The token without its number: `AWS_EC2`.
    pub prefix: &'static str,
    /// The counter its numbers come from. Kinds may share one.
    pub counter: &'static str,
    /// What turns it off.
    pub switch: Switch,
    /// What it is, for people.
    pub what: &'static str,
}

macro_rules! kinds {
    ($($name:ident $prefix:literal $counter:literal $switch:ident $what:literal;)+) => {
        /// A kind of identifier.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Kind { $(#[doc = $what] $name,)+ }

        /// One row per [`Kind`], in its order.
        pub static KINDS: &[KindInfo] = &[
            $(KindInfo { prefix: $prefix, counter: $counter, switch: Switch::$switch, what: $what },)+
        ];

        /// Every kind, in the order of [`KINDS`].
        pub static ALL: &[Kind] = &[$(Kind::$name,)+];
    };
}

kinds! {
    // What existing stores hold.
    Ec2              "AWS_EC2"                  "ec2"             Ec2Instances "EC2 instance id";
    Ami              "AWS_AMI"                  "ec2"             Compute      "Amazon machine image id";
    Vpc              "AWS_VPC"                  "vpc"             Networks     "VPC id";
    Subnet           "AWS_SUBNET"               "vpc"             Networks     "Subnet id";
    SecurityGroup    "AWS_SECURITY_GROUP"       "vpc"             Networks     "Security group or rule id";
    Igw              "AWS_IGW"                  "vpc"             Networks     "Internet gateway id";
    NatGw            "AWS_NAT_GW"               "vpc"             Networks     "NAT gateway id";
    Vpn              "AWS_VPN"                  "vpc"             Networks     "VPN connection or gateway id";
    Tgw              "AWS_TGW"                  "vpc"             Networks     "Transit gateway, attachment or route table id";
    EbsVolume        "AWS_EBS_VOL"              "storage"         Storage      "EBS volume id";
    Snapshot         "AWS_SNAPSHOT"             "storage"         Storage      "EBS snapshot id";
    Efs              "AWS_EFS"                  "storage"         Storage      "EFS or FSx file system, mount target or access point id";
    S3Bucket         "AWS_S3_BUCKET"            "s3"              S3Buckets    "S3 bucket name or ARN";
    S3LogsBucket     "AWS_S3_LOGS_BUCKET"       "s3"              S3Buckets    "S3 bucket that says it holds logs";
    Rds              "AWS_RDS"                  "rds"             RdsInstances "RDS, Aurora, Neptune or DocumentDB identifier or endpoint";
    PublicIp         "AWS_PUBLIC_IP"            "ip"              PublicIps    "Public IPv4 address";
    Ipv6             "AWS_IPV6"                 "ip"              PublicIps    "IPv6 address, global or unique local";
    IamRole          "AWS_IAM_ROLE"             "iam"             Iam          "IAM role: ARN, name or unique id";
    IamUser          "AWS_IAM_USER"             "iam"             Iam          "IAM user: ARN, name or unique id";
    Arn              "AWS_ARN"                  "iam"             Arns         "Any other ARN";
    Account          "AWS_ACCOUNT"              "account"         Accounts     "Account id, and the id that S3 knows an account by";
    AccessKey        "AWS_ACCESS_KEY"           "credentials"     Credentials  "Access key id";
    SecretKey        "AWS_SECRET_KEY"           "credentials"     Credentials  "Secret access key";
    SessionToken     "AWS_SESSION_TOKEN"        "credentials"     Credentials  "Session token";
    Lambda           "AWS_LAMBDA_ARN"           "lambda"          Compute      "Lambda function: ARN or name";
    Elb              "AWS_ELB_ARN"              "elb"             Endpoints    "Load balancer or target group: ARN, name or host";
    Cloudformation   "AWS_CLOUDFORMATION_STACK" "cloudformation"  Management   "CloudFormation stack: ARN or name";
    Ecs              "AWS_ECS_TASK"             "ecs"             Compute      "ECS cluster, service, task: ARN or name";
    Sns              "AWS_SNS_TOPIC"            "sns"             Messaging    "SNS topic: ARN or name";
    Sqs              "AWS_SQS_QUEUE"            "sqs"             Messaging    "SQS queue: ARN, name or URL";
    Kms              "AWS_KMS_KEY"              "kms"             Secrets      "KMS key: ARN, id or alias";
    Dynamodb         "AWS_DYNAMODB_TABLE"       "dynamodb"        Databases    "DynamoDB table: ARN or name";
    Route53          "AWS_ROUTE53_ZONE"         "route53"         Endpoints    "Route 53 hosted zone: ARN or id";
    Elasticache      "AWS_ELASTICACHE"          "elasticache"     Databases    "ElastiCache or MemoryDB cluster: ARN, name or endpoint";
    Eks              "AWS_EKS_CLUSTER"          "eks"             Compute      "EKS cluster: ARN, name or endpoint";
    ApiGateway       "AWS_API_GW"               "apigateway"      Endpoints    "API Gateway API: ARN or host";
    LogGroup         "AWS_LOG_GROUP"            "cloudwatch"      Management   "CloudWatch log group: ARN or name";
    Acm              "AWS_CERT_ARN"             "acm"             Secrets      "ACM certificate ARN";
    Secret           "AWS_SECRET_ARN"           "secretsmanager"  Secrets      "Secrets Manager secret: ARN or name";
    Parameter        "AWS_PARAM_ARN"            "ssm"             Secrets      "SSM parameter: ARN or name";
    Codecommit       "AWS_CODECOMMIT"           "codecommit"      Management   "CodeCommit repository: ARN or URL";
    Ecr              "AWS_ECR_URI"              "ecr"             Compute      "ECR repository: ARN or URI";
    Glue             "AWS_GLUE_JOB"             "glue"            Analytics    "Glue job or database: ARN or name";
    Sagemaker        "AWS_SAGEMAKER"            "sagemaker"       Analytics    "SageMaker resource: ARN or name";
    Kinesis          "AWS_KINESIS"              "kinesis"         Messaging    "Kinesis stream: ARN or name";
    Redshift         "AWS_REDSHIFT"             "redshift"        Databases    "Redshift cluster: ARN, name or endpoint";
    Elasticsearch    "AWS_ES_DOMAIN"            "elasticsearch"   Analytics    "OpenSearch domain: ARN, name or endpoint";
    StepFunctions    "AWS_STEP_FN"              "stepfunctions"   Management   "Step Functions state machine: ARN or name";
    Batch            "AWS_BATCH_QUEUE"          "batch"           Compute      "Batch queue or job: ARN or name";
    Cloudfront       "AWS_CLOUDFRONT"           "cloudfront"      Endpoints    "CloudFront distribution: ARN, id or host";
    Athena           "AWS_ATHENA"               "athena"          Analytics    "Athena work group: ARN or name";

    // New here.
    PrivateIp        "AWS_PRIVATE_IP"           "private_ip"      PrivateIps   "Private (RFC 1918) or shared (RFC 6598) IPv4 address";
    Eni              "AWS_ENI"                  "eni"             Networks     "Network interface or attachment id";
    RouteTable       "AWS_ROUTE_TABLE"          "route_table"     Networks     "Route table or association id";
    NetworkAcl       "AWS_NETWORK_ACL"          "network_acl"     Networks     "Network ACL or association id";
    ElasticIp        "AWS_ELASTIC_IP"           "elastic_ip"      Networks     "Elastic IP allocation or association id";
    Peering          "AWS_PEERING"              "peering"         Networks     "VPC peering connection id";
    VpcEndpoint      "AWS_VPC_ENDPOINT"         "vpc_endpoint"    Networks     "VPC endpoint or endpoint service id";
    LaunchTemplate   "AWS_LAUNCH_TEMPLATE"      "launch_template" Compute      "Launch template id";
    Resource         "AWS_RESOURCE"             "resource"        Management   "Any other id of the form prefix-hex";
    IamId            "AWS_IAM_ID"               "iam_id"          Iam          "IAM unique id of a group, policy, profile or certificate";
    Host             "AWS_HOST"                 "host"            Endpoints    "Host name of any other AWS resource";
    IamGroup         "AWS_IAM_GROUP"            "iam_group"       Iam          "IAM group name";
    IamPolicy        "AWS_IAM_POLICY"           "iam_policy"      Iam          "IAM policy name";
    KeyPair          "AWS_KEY_PAIR"             "key_pair"        Compute      "EC2 key pair name";
    AutoScaling      "AWS_ASG"                  "asg"             Compute      "Auto Scaling group or launch configuration name";
    Emr              "AWS_EMR"                  "emr"             Analytics    "EMR cluster or step id";
    Organization     "AWS_ORG"                  "org"             Iam          "Organization, organizational unit or root id";
    Cognito          "AWS_COGNITO"              "cognito"         Iam          "Cognito user or identity pool";
    Domain           "AWS_DOMAIN"               "domain"          Endpoints    "Domain name in an AWS setting";
    Custom           "AWS_CUSTOM"               "custom"          Always       "A term or pattern of the operator's own";
    Token            "AWS_TOKEN"                "token"           Always       "Text of the client's own that looks like a token";
}

impl Kind {
    /// The kind's row.
    pub fn info(self) -> &'static KindInfo {
        &KINDS[self as usize]
    }

    /// What `words` (`AWS_S3`) are to the prefixes of tokens. Masking and restoring read text with this one question.
    ///
    /// Every word behind `AWS_CUSTOM_` is one: it is of some operator's `custom_patterns`, and who restores may not have them.
    pub fn prefix(words: &[u8]) -> Prefix {
        if let Some(word) = words.strip_prefix(Kind::Custom.info().prefix.as_bytes()).and_then(|w| w.strip_prefix(b"_"))
        {
            let is_whole = !word.is_empty() && word.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
            return if is_whole { Prefix::Whole } else { Prefix::None };
        }
        BY_WORDS.get(words).copied().unwrap_or(Prefix::None)
    }
}

/// What some words are to the prefixes of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// No prefix begins with them.
    None,
    /// The beginning of one.
    Begun,
    /// One, and perhaps the beginning of another.
    Whole,
}

static BY_WORDS: Lazy<HashMap<&[u8], Prefix, FixedState>> = Lazy::new(|| {
    let prefixes = || ALL.iter().map(|kind| kind.info().prefix.as_bytes());
    let beginnings = prefixes().flat_map(|prefix| memchr::memchr_iter(b'_', prefix).map(|end| &prefix[..end]));
    let begun = beginnings.map(|words| (words, Prefix::Begun));
    begun.chain(prefixes().map(|prefix| (prefix, Prefix::Whole))).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    /// The counters of COMPATIBILITY: a store that both plugins share depends on them.
    #[test]
    fn counters_are_the_published_ones() {
        let of =
            |counter: &str| -> Vec<&str> { KINDS.iter().filter(|k| k.counter == counter).map(|k| k.prefix).collect() };
        assert_eq!(of("ec2"), ["AWS_EC2", "AWS_AMI"]);
        assert_eq!(
            of("vpc"),
            ["AWS_VPC", "AWS_SUBNET", "AWS_SECURITY_GROUP", "AWS_IGW", "AWS_NAT_GW", "AWS_VPN", "AWS_TGW"]
        );
        assert_eq!(of("storage"), ["AWS_EBS_VOL", "AWS_SNAPSHOT", "AWS_EFS"]);
        assert_eq!(of("s3"), ["AWS_S3_BUCKET", "AWS_S3_LOGS_BUCKET"]);
        assert_eq!(of("rds"), ["AWS_RDS"]);
        assert_eq!(of("ip"), ["AWS_PUBLIC_IP", "AWS_IPV6"]);
        assert_eq!(of("iam"), ["AWS_IAM_ROLE", "AWS_IAM_USER", "AWS_ARN"]);
        assert_eq!(of("account"), ["AWS_ACCOUNT"]);
        assert_eq!(of("credentials"), ["AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SESSION_TOKEN"]);
        let single = "lambda elb cloudformation ecs sns sqs kms dynamodb route53 elasticache eks apigateway cloudwatch acm \
            secretsmanager ssm codecommit ecr glue sagemaker kinesis redshift elasticsearch stepfunctions batch cloudfront athena";
        let tokens = "AWS_LAMBDA_ARN AWS_ELB_ARN AWS_CLOUDFORMATION_STACK AWS_ECS_TASK AWS_SNS_TOPIC AWS_SQS_QUEUE AWS_KMS_KEY \
            AWS_DYNAMODB_TABLE AWS_ROUTE53_ZONE AWS_ELASTICACHE AWS_EKS_CLUSTER AWS_API_GW AWS_LOG_GROUP AWS_CERT_ARN \
            AWS_SECRET_ARN AWS_PARAM_ARN AWS_CODECOMMIT AWS_ECR_URI AWS_GLUE_JOB AWS_SAGEMAKER AWS_KINESIS AWS_REDSHIFT \
            AWS_ES_DOMAIN AWS_STEP_FN AWS_BATCH_QUEUE AWS_CLOUDFRONT AWS_ATHENA";
        for (counter, token) in single.split_whitespace().zip(tokens.split_whitespace()) {
            assert_eq!(of(counter), [token]);
        }
    }

    /// A word that is a number, or a prefix that continues another kind's, would make two readings of one token.
    #[test]
    fn no_prefix_can_be_read_as_another_kinds_token() {
        for kind in KINDS {
            let mut words = kind.prefix.split('_');
            assert!(!words.any(|word| word.bytes().all(|b| b.is_ascii_digit())), "{}", kind.prefix);
            assert_eq!(KINDS.iter().filter(|other| other.prefix == kind.prefix).count(), 1, "{}", kind.prefix);
            assert!(kind.prefix.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'));
        }
    }
}
