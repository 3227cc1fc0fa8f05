//! Every kind of identifier: its token, the counter its numbers come from, its switch.
//!
//! The first block is what existing installations have in their stores; its rows must not change. Sources of the
//! shapes: the AWS service authorization reference and the EC2 and IAM user guides.

/// The configuration field that turns a kind off.
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
    Ami              "AWS_AMI"                  "ec2"             Always       "Amazon machine image id";
    Vpc              "AWS_VPC"                  "vpc"             Always       "VPC id";
    Subnet           "AWS_SUBNET"               "vpc"             Always       "Subnet id";
    SecurityGroup    "AWS_SECURITY_GROUP"       "vpc"             Always       "Security group or rule id";
    Igw              "AWS_IGW"                  "vpc"             Always       "Internet gateway id";
    NatGw            "AWS_NAT_GW"               "vpc"             Always       "NAT gateway id";
    Vpn              "AWS_VPN"                  "vpc"             Always       "VPN connection or gateway id";
    Tgw              "AWS_TGW"                  "vpc"             Always       "Transit gateway, attachment or route table id";
    EbsVolume        "AWS_EBS_VOL"              "storage"         Always       "EBS volume id";
    Snapshot         "AWS_SNAPSHOT"             "storage"         Always       "EBS snapshot id";
    Efs              "AWS_EFS"                  "storage"         Always       "EFS or FSx file system, mount target or access point id";
    S3Bucket         "AWS_S3_BUCKET"            "s3"              S3Buckets    "S3 bucket name or ARN";
    S3LogsBucket     "AWS_S3_LOGS_BUCKET"       "s3"              S3Buckets    "S3 bucket that says it holds logs";
    Rds              "AWS_RDS"                  "rds"             RdsInstances "RDS, Aurora, Neptune or DocumentDB identifier or endpoint";
    PublicIp         "AWS_PUBLIC_IP"            "ip"              Always       "Public IPv4 address";
    Ipv6             "AWS_IPV6"                 "ip"              Always       "IPv6 address, global or unique local";
    IamRole          "AWS_IAM_ROLE"             "iam"             Always       "IAM role: ARN, name or unique id";
    IamUser          "AWS_IAM_USER"             "iam"             Always       "IAM user: ARN, name or unique id";
    Arn              "AWS_ARN"                  "iam"             Always       "Any other ARN";
    Account          "AWS_ACCOUNT"              "account"         Always       "Account id";
    AccessKey        "AWS_ACCESS_KEY"           "credentials"     Always       "Access key id";
    SecretKey        "AWS_SECRET_KEY"           "credentials"     Always       "Secret access key";
    SessionToken     "AWS_SESSION_TOKEN"        "credentials"     Always       "Session token";
    Lambda           "AWS_LAMBDA_ARN"           "lambda"          Always       "Lambda function: ARN or name";
    Elb              "AWS_ELB_ARN"              "elb"             Always       "Load balancer or target group: ARN, name or host";
    Cloudformation   "AWS_CLOUDFORMATION_STACK" "cloudformation"  Always       "CloudFormation stack: ARN or name";
    Ecs              "AWS_ECS_TASK"             "ecs"             Always       "ECS cluster, service, task: ARN or name";
    Sns              "AWS_SNS_TOPIC"            "sns"             Always       "SNS topic: ARN or name";
    Sqs              "AWS_SQS_QUEUE"            "sqs"             Always       "SQS queue: ARN, name or URL";
    Kms              "AWS_KMS_KEY"              "kms"             Always       "KMS key: ARN, id or alias";
    Dynamodb         "AWS_DYNAMODB_TABLE"       "dynamodb"        Always       "DynamoDB table: ARN or name";
    Route53          "AWS_ROUTE53_ZONE"         "route53"         Always       "Route 53 hosted zone: ARN or id";
    Elasticache      "AWS_ELASTICACHE"          "elasticache"     Always       "ElastiCache or MemoryDB cluster: ARN, name or endpoint";
    Eks              "AWS_EKS_CLUSTER"          "eks"             Always       "EKS cluster: ARN, name or endpoint";
    ApiGateway       "AWS_API_GW"               "apigateway"      Always       "API Gateway API: ARN or host";
    LogGroup         "AWS_LOG_GROUP"            "cloudwatch"      Always       "CloudWatch log group: ARN or name";
    Acm              "AWS_CERT_ARN"             "acm"             Always       "ACM certificate ARN";
    Secret           "AWS_SECRET_ARN"           "secretsmanager"  Always       "Secrets Manager secret: ARN or name";
    Parameter        "AWS_PARAM_ARN"            "ssm"             Always       "SSM parameter: ARN or name";
    Codecommit       "AWS_CODECOMMIT"           "codecommit"      Always       "CodeCommit repository: ARN or URL";
    Ecr              "AWS_ECR_URI"              "ecr"             Always       "ECR repository: ARN or URI";
    Glue             "AWS_GLUE_JOB"             "glue"            Always       "Glue job or database: ARN or name";
    Sagemaker        "AWS_SAGEMAKER"            "sagemaker"       Always       "SageMaker resource: ARN or name";
    Kinesis          "AWS_KINESIS"              "kinesis"         Always       "Kinesis stream: ARN or name";
    Redshift         "AWS_REDSHIFT"             "redshift"        Always       "Redshift cluster: ARN, name or endpoint";
    Elasticsearch    "AWS_ES_DOMAIN"            "elasticsearch"   Always       "OpenSearch domain: ARN, name or endpoint";
    StepFunctions    "AWS_STEP_FN"              "stepfunctions"   Always       "Step Functions state machine: ARN or name";
    Batch            "AWS_BATCH_QUEUE"          "batch"           Always       "Batch queue or job: ARN or name";
    Cloudfront       "AWS_CLOUDFRONT"           "cloudfront"      Always       "CloudFront distribution: ARN, id or host";
    Athena           "AWS_ATHENA"               "athena"          Always       "Athena work group: ARN or name";

    // New here.
    PrivateIp        "AWS_PRIVATE_IP"           "private_ip"      PrivateIps   "RFC 1918 address";
    Eni              "AWS_ENI"                  "eni"             Always       "Network interface or attachment id";
    RouteTable       "AWS_ROUTE_TABLE"          "route_table"     Always       "Route table or association id";
    NetworkAcl       "AWS_NETWORK_ACL"          "network_acl"     Always       "Network ACL or association id";
    ElasticIp        "AWS_ELASTIC_IP"           "elastic_ip"      Always       "Elastic IP allocation or association id";
    Peering          "AWS_PEERING"              "peering"         Always       "VPC peering connection id";
    VpcEndpoint      "AWS_VPC_ENDPOINT"         "vpc_endpoint"    Always       "VPC endpoint or endpoint service id";
    LaunchTemplate   "AWS_LAUNCH_TEMPLATE"      "launch_template" Always       "Launch template id";
    Resource         "AWS_RESOURCE"             "resource"        Always       "Any other id of the form prefix-hex";
    IamId            "AWS_IAM_ID"               "iam_id"          Always       "IAM unique id of a group, policy, profile or certificate";
    Host             "AWS_HOST"                 "host"            Always       "Host name of any other AWS resource";
    Token            "AWS_TOKEN"                "token"           Always       "Text of the client's own that looks like a token";
}

impl Kind {
    /// The kind's row.
    pub fn info(self) -> &'static KindInfo {
        &KINDS[self as usize]
    }

    /// The kind whose tokens start with `prefix`.
    pub fn from_prefix(prefix: &str) -> Option<Kind> {
        use once_cell::sync::Lazy;
        use std::collections::HashMap;
        static BY_PREFIX: Lazy<HashMap<&str, Kind>> = Lazy::new(|| ALL.iter().map(|k| (k.info().prefix, *k)).collect());
        BY_PREFIX.get(prefix).copied()
    }

    /// Whether `prefix` starts the tokens of some kind. Masking and restoring read text with this one question.
    pub fn is_prefix(prefix: &str) -> bool {
        Kind::from_prefix(prefix).is_some()
    }
}

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

    /// A prefix that ends in a number, or that continues another kind's, would make two readings of one token.
    #[test]
    fn no_prefix_can_be_read_as_another_kinds_token() {
        for kind in KINDS {
            let last = kind.prefix.rsplit('_').next().unwrap();
            assert!(!last.bytes().all(|b| b.is_ascii_digit()), "{}", kind.prefix);
            assert_eq!(KINDS.iter().filter(|other| other.prefix == kind.prefix).count(), 1, "{}", kind.prefix);
            assert!(kind.prefix.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'));
        }
    }
}
