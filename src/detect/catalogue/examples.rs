//! Texts that must and must not match, by kind. The catalogue's own test.

use crate::config::Config;
use crate::detect::catalogue::kinds::{Kind, ALL};
use crate::detect::{found, found_by, Detector, Text};
use crate::Masker;

/// `(kind, text, what must be found in it)`
pub const FOUND: &[(Kind, &str, &str)] = &[
    (Kind::Ec2, "instance i-0abc1234def567890.", "i-0abc1234def567890"),
    (Kind::Ec2, "old i-0abc1234", "i-0abc1234"),
    (Kind::Ec2, "인스턴스i-0abc1234def567890를", "i-0abc1234def567890"),
    (Kind::Ec2, "backup_i-0abc1234def567890_20240101", "i-0abc1234def567890"),
    (Kind::Ec2, r"line\ni-0abc1234def567890", "i-0abc1234def567890"),
    (Kind::Ami, "ami-0abcdef1234567890", "ami-0abcdef1234567890"),
    (Kind::Vpc, "vpc-0a1b2c3d4e5f67890", "vpc-0a1b2c3d4e5f67890"),
    (Kind::Subnet, "subnet-12345678", "subnet-12345678"),
    (Kind::SecurityGroup, "sg-903004f8", "sg-903004f8"),
    (Kind::Igw, "igw-0a1b2c3d4e5f67890", "igw-0a1b2c3d4e5f67890"),
    (Kind::NatGw, "nat-0a1b2c3d4e5f67890", "nat-0a1b2c3d4e5f67890"),
    (Kind::Vpn, "vgw-9a4cacf3", "vgw-9a4cacf3"),
    (Kind::Tgw, "tgw-attach-0a1b2c3d4e5f67890", "tgw-attach-0a1b2c3d4e5f67890"),
    (Kind::EbsVolume, "vol-049df61146c4d7901", "vol-049df61146c4d7901"),
    (Kind::Snapshot, "snap-066877671789bd71b", "snap-066877671789bd71b"),
    (Kind::Efs, "fs-01234567.efs.us-east-1.amazonaws.com", "fs-01234567"),
    (Kind::S3Bucket, "aws s3 cp x s3://acme-data/key", "acme-data"),
    (Kind::S3Bucket, "https://acme-data.s3.eu-west-1.amazonaws.com/key", "acme-data"),
    (Kind::S3Bucket, "https://acme.data.s3-us-west-2.amazonaws.com/key", "acme.data"),
    (Kind::S3Bucket, "https://s3.us-west-2.amazonaws.com/acme-data/key", "acme-data"),
    (Kind::S3Bucket, "arn:aws:s3:::acme-data/home/*", "arn:aws:s3:::acme-data/home/*"),
    (Kind::S3Bucket, "aws s3api head-bucket --bucket acme-data --no-cli-pager", "acme-data"),
    (Kind::S3Bucket, "bucket = \"acme-data\"", "acme-data"),
    (Kind::S3LogsBucket, "s3://acme-logs/2024/", "acme-logs"),
    (Kind::Rds, "orders-db.abc123xyz789.us-east-1.rds.amazonaws.com:5432", "orders-db.abc123xyz789"),
    (Kind::Rds, "arn:aws:rds:us-east-1:123456789012:db:orders-db", "arn:aws:rds:us-east-1:123456789012:db:orders-db"),
    (Kind::Rds, "DBInstanceIdentifier: orders-db", "orders-db"),
    (Kind::Rds, r#"{\"DBInstanceIdentifier\": \"orders\"}"#, "orders"),
    (Kind::PublicIp, "52.94.76.10:443", "52.94.76.10"),
    (Kind::PrivateIp, "10.0.12.7/16", "10.0.12.7"),
    (Kind::PrivateIp, "from 172.31.255.1.", "172.31.255.1"),
    (Kind::PrivateIp, "http://192.168.1.1/x", "192.168.1.1"),
    (Kind::Ipv6, "[2600:1f18:1234:5678::1]:443", "2600:1f18:1234:5678::1"),
    (Kind::Ipv6, "fd00:ec2::1234", "fd00:ec2::1234"),
    (Kind::IamRole, "arn:aws:iam::123456789012:role/path/Admin", "arn:aws:iam::123456789012:role/path/Admin"),
    (
        Kind::IamRole,
        "arn:aws-us-gov:sts::123456789012:assumed-role/Admin/alice@example.com",
        "arn:aws-us-gov:sts::123456789012:assumed-role/Admin/alice@example.com",
    ),
    (Kind::IamRole, "AROADBQP57FF2AEXAMPLE", "AROADBQP57FF2AEXAMPLE"),
    (Kind::IamUser, "(arn:aws:iam::123456789012:user/alice)", "arn:aws:iam::123456789012:user/alice"),
    (Kind::Arn, "arn:aws-cn:events:cn-north-1:123456789012:rule/x,", "arn:aws-cn:events:cn-north-1:123456789012:rule/x"),
    (
        Kind::Arn,
        "see \"arn:aws:cloudwatch:us-east-1:123456789012:alarm:High CPU\" now",
        "arn:aws:cloudwatch:us-east-1:123456789012:alarm:High CPU",
    ),
    (Kind::IamUser, "arn:aws:iam::123456789012:user/Développeur is", "arn:aws:iam::123456789012:user/Développeur"),
    (Kind::S3Bucket, "arn:aws:s3:::acme-data를 삭제", "arn:aws:s3:::acme-data"),
    (Kind::Account, "account 123456789012 is", "123456789012"),
    (Kind::Account, "--account-id 123456789012", "123456789012"),
    (Kind::Account, "+ 123456789012 is added", "123456789012"),
    (Kind::Account, "account 202401011259", "202401011259"),
    (Kind::Account, "the account id is 1234-5678-9012.", "1234-5678-9012"),
    (Kind::Account, "at 240131125959", "240131125959"),
    (Kind::AccessKey, "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    (
        Kind::SecretKey,
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    ),
    (
        Kind::SessionToken,
        "aws_session_token=IQoJb3JpZ2luX2VjEJr1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111==",
        "IQoJb3JpZ2luX2VjEJr1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111==",
    ),
    (Kind::Lambda, "arn:aws:lambda:us-east-1:123456789012:function:pay:PROD", "arn:aws:lambda:us-east-1:123456789012:function:pay:PROD"),
    (Kind::Lambda, "--function-name pay-orders ", "pay-orders"),
    (Kind::Elb, "web-1234567890.us-east-1.elb.amazonaws.com", "web-1234567890"),
    (Kind::Elb, "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/73e2d6bc24d8a067", "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/73e2d6bc24d8a067"),
    (Kind::Cloudformation, "--stack-name prod-network", "prod-network"),
    (Kind::Ecs, "arn:aws:ecs:us-east-1:123456789012:task/prod/0a1b2c3d4e5f", "arn:aws:ecs:us-east-1:123456789012:task/prod/0a1b2c3d4e5f"),
    (Kind::Sns, "arn:aws:sns:us-east-1:123456789012:alerts", "arn:aws:sns:us-east-1:123456789012:alerts"),
    (Kind::Sqs, "https://sqs.us-east-1.amazonaws.com/123456789012/orders-queue", "123456789012/orders-queue"),
    (Kind::Kms, "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    (Kind::Kms, "KmsKeyId: 1234abcd-12ab-34cd-56ef-1234567890ab", "1234abcd-12ab-34cd-56ef-1234567890ab"),
    (Kind::Dynamodb, "\"TableName\": \"Orders\"", "Orders"),
    (Kind::Dynamodb, "TableName: aws.String(\"Orders\")", "Orders"),
    (Kind::Rds, "\"DBName\": \"orders\"", "orders"),
    (Kind::Resource, "fleet-12a34b55-67cd-4ef9-ba9b-9208d0123456", "fleet-12a34b55-67cd-4ef9-ba9b-9208d0123456"),
    (Kind::Resource, r"\nsfr-12a34b55-67cd-4ef9-ba9b-9208d0123456.", "sfr-12a34b55-67cd-4ef9-ba9b-9208d0123456"),
    (Kind::Resource, "core-network-0a1b2c3d4e5f67890", "core-network-0a1b2c3d4e5f67890"),
    (Kind::VpcEndpoint, "vpce-0a1b2c3d4e5f67890-abcd1234.secretsmanager.eu-west-1.vpce.amazonaws.com", "vpce-0a1b2c3d4e5f67890-abcd1234"),
    (Kind::VpcEndpoint, "vpce-0a1b2c3d4e5f67890-abcd1234.vpce-svc-0123456789abcdef0.us-east-1.vpce.amazonaws.com", "vpce-0a1b2c3d4e5f67890-abcd1234.vpce-svc-0123456789abcdef0"),
    (Kind::Secret, "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-??????", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-??????"),
    (Kind::Lambda, "functions/arn:aws:lambda:us-east-1:123456789012:function:pay/invocations", "arn:aws:lambda:us-east-1:123456789012:function:pay"),
    (Kind::IamUser, "alice,arn:aws:iam::123456789012:user/alice,2022-05-06T07:08:09+00:00,true", "arn:aws:iam::123456789012:user/alice"),
    (Kind::IamUser, "arn:aws:iam::123456789012:user/alice,bob", "arn:aws:iam::123456789012:user/alice,bob"),
    (Kind::S3Bucket, "\"DomainName\": \"acme-data.s3.amazonaws.com\"", "acme-data"),
    (Kind::S3Bucket, "not empty (Service: S3; Bucket: acme-data)", "acme-data"),
    (Kind::S3Bucket, "2024-06-11 09:10:11 acme-data\n", "acme-data"),
    (Kind::Secret, "{{resolve:secretsmanager:shop/db:SecretString:password}}", "shop/db"),
    (Kind::Parameter, "'{{resolve:ssm-secure:/shop/key}}'", "/shop/key"),
    (Kind::Dynamodb, "dynamodb.Table(\"shop-orders\").query()", "shop-orders"),
    (Kind::S3Bucket, "boto3.resource('s3').Bucket('acme-data')", "acme-data"),
    (Kind::IamRole, "Error: creating IAM Role (checkout-task): EntityAlreadyExists", "checkout-task"),
    (Kind::S3Bucket, "input { s3 { bucket => \"acme-data\" region => \"eu-west-1\" } }", "acme-data"),
    (Kind::KeyPair, "Ec2KeyName: emr-debug", "emr-debug"),
    (Kind::S3Bucket, "--JOB_BUCKET=acme-data", "acme-data"),
    (Kind::Dynamodb, "arn:aws:dynamodb:us-east-1:123456789012:table/Orders/stream/2024-01-01T00:00:00.000", "arn:aws:dynamodb:us-east-1:123456789012:table/Orders/stream/2024-01-01T00:00:00.000"),
    (Kind::Route53, "/hostedzone/Z0123456789ABCDEFGHIJ", "Z0123456789ABCDEFGHIJ"),
    (Kind::Elasticache, "prod.abc123.0001.use1.cache.amazonaws.com", "prod.abc123.0001.use1"),
    (Kind::Eks, "https://0A1B2C3D4E5F6A7B8C9D.gr7.us-east-1.eks.amazonaws.com", "0A1B2C3D4E5F6A7B8C9D.gr7"),
    (Kind::ApiGateway, "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod", "a1b2c3d4e5"),
    (Kind::LogGroup, "tail /aws/lambda/pay-orders now", "/aws/lambda/pay-orders"),
    (Kind::LogGroup, "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/pay:*", "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/pay:*"),
    (Kind::Acm, "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012", "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"),
    (Kind::Secret, "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf", "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"),
    (Kind::Parameter, "arn:aws:ssm:us-east-1:123456789012:parameter/prod/db", "arn:aws:ssm:us-east-1:123456789012:parameter/prod/db"),
    (Kind::Codecommit, "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/MyRepo", "MyRepo"),
    (Kind::Ecr, "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:v1", "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app"),
    (Kind::Glue, "arn:aws:glue:us-east-1:123456789012:job/etl", "arn:aws:glue:us-east-1:123456789012:job/etl"),
    (Kind::Sagemaker, "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e", "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e"),
    (Kind::Kinesis, "arn:aws:kinesis:us-east-1:123456789012:stream/clicks", "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"),
    (Kind::Redshift, "dwh.abc123xyz789.us-east-1.redshift.amazonaws.com", "dwh.abc123xyz789"),
    (Kind::Elasticsearch, "https://search-logs-abc123.us-east-1.es.amazonaws.com", "search-logs-abc123"),
    (Kind::StepFunctions, "arn:aws:states:us-east-1:123456789012:stateMachine:Flow", "arn:aws:states:us-east-1:123456789012:stateMachine:Flow"),
    (Kind::Batch, "arn:aws:batch:us-east-1:123456789012:job-queue/high", "arn:aws:batch:us-east-1:123456789012:job-queue/high"),
    (Kind::Cloudfront, "d111111abcdef8.cloudfront.net", "d111111abcdef8"),
    (Kind::Cloudfront, "distribution E2QWRUHAPOMQZL", ""),
    (Kind::Cloudfront, "distribution E2QWRUH4POMQZL", "E2QWRUH4POMQZL"),
    (Kind::Athena, "arn:aws:athena:us-east-1:123456789012:workgroup/bi", "arn:aws:athena:us-east-1:123456789012:workgroup/bi"),
    (Kind::Eni, "eni-0a1b2c3d4e5f67890", "eni-0a1b2c3d4e5f67890"),
    (Kind::RouteTable, "rtb-0a1b2c3d4e5f67890", "rtb-0a1b2c3d4e5f67890"),
    (Kind::NetworkAcl, "acl-0a1b2c3d4e5f67890", "acl-0a1b2c3d4e5f67890"),
    (Kind::ElasticIp, "eipalloc-0a1b2c3d4e5f67890", "eipalloc-0a1b2c3d4e5f67890"),
    (Kind::Peering, "pcx-0a1b2c3d4e5f67890", "pcx-0a1b2c3d4e5f67890"),
    (Kind::VpcEndpoint, "vpce-svc-0a1b2c3d4e5f67890", "vpce-svc-0a1b2c3d4e5f67890"),
    (Kind::LaunchTemplate, "lt-0a1b2c3d4e5f67890", "lt-0a1b2c3d4e5f67890"),
    (Kind::Resource, "dopt-0a1b2c3d4e5f67890", "dopt-0a1b2c3d4e5f67890"),
    (Kind::IamId, "AGPAI23HZ27SI6FQMGNQ2", "AGPAI23HZ27SI6FQMGNQ2"),
    (Kind::IamGroup, "--group-name admins-eu", "admins-eu"),
    (Kind::IamPolicy, "PolicyName: DeployOnly", "DeployOnly"),
    (Kind::KeyPair, "\"KeyName\": \"bastion\"", "bastion"),
    (Kind::AutoScaling, "AutoScalingGroupName: web-asg-1", "web-asg-1"),
    (Kind::Emr, "cluster j-3KVTXXXXXX7UG", "j-3KVTXXXXXX7UG"),
    (Kind::Organization, "o-a1b2c3d4e5", "o-a1b2c3d4e5"),
    (Kind::Organization, "ou-ab12-cdefgh34", "ou-ab12-cdefgh34"),
    (Kind::Organization, "ParentId: r-ab12", "r-ab12"),
    (Kind::Cognito, "pool us-east-1_AbCdEf123", "us-east-1_AbCdEf123"),
    (
        Kind::Cognito,
        "us-gov-west-1:1234abcd-12ab-34cd-56ef-1234567890ab",
        "us-gov-west-1:1234abcd-12ab-34cd-56ef-1234567890ab",
    ),
    (Kind::Domain, "--domain-name acme-corp.com", "acme-corp.com"),
    (Kind::Resource, "directory d-9067f32325", "d-9067f32325"),
    (Kind::Rds, "db-ABCDEFGHIJKLM12NOPQRSTUVWX", "db-ABCDEFGHIJKLM12NOPQRSTUVWX"),
    (Kind::Kms, "mrk-1234abcd12ab34cd56ef1234567890ab", "mrk-1234abcd12ab34cd56ef1234567890ab"),
    (Kind::Kms, "--key-id alias/app-key", "alias/app-key"),
    (Kind::Rds, "why is prod-orders-db slow", "prod-orders-db"),
    (Kind::Sqs, "the prod-dead-letter-queue", "prod-dead-letter-queue"),
    (Kind::Rds, "the prod-db", "prod-db"),
    (Kind::S3LogsBucket, "in acme-logs-bucket,", "acme-logs-bucket"),
    (Kind::Sqs, "resource \"aws_sqs_queue\" \"q\" {\n  name = \"orders\"\n}", "orders"),
    (Kind::Eks, "aws eks describe-cluster --name prod", "prod"),
    (Kind::S3Bucket, "\"Buckets\": [{\"Name\": \"acme\"", "acme"),
    (Kind::SecretKey, "AWS Secret Access Key [None]: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    (Kind::Dynamodb, "|  TableName  |  Orders  |", "Orders"),
    (Kind::S3Bucket, "<Bucket><Name>acme</Name>", "acme"),
    (Kind::S3Bucket, "'Bucket' => 'acme',", "acme"),
    (Kind::Sns, "arn%3Aaws%3Asns%3Aus-east-1%3A123456789012%3Aalerts", "arn%3Aaws%3Asns%3Aus-east-1%3A123456789012%3Aalerts"),
    (Kind::Sns, "(arn&#58;aws&colon;sns&#x3a;us-east-1&#58;123456789012&#58;alerts)", "arn&#58;aws&colon;sns&#x3a;us-east-1&#58;123456789012&#58;alerts"),
    (Kind::S3Bucket, "x?u=https%3A%2F%2Facme-data.s3.amazonaws.com%2Fk", "acme-data"),
    (Kind::S3Bucket, "arn:${AWS::Partition}:s3:::acme-data/*", "arn:${AWS::Partition}:s3:::acme-data/*"),
    (Kind::PrivateIp, "pod 100.64.3.9", "100.64.3.9"),
    (Kind::Host, "node ip-10-0-1-23 is down", "ip-10-0-1-23"),
    (Kind::Custom, "acme: see TICKET-17", ""),
    (Kind::Host, "ip-10-0-1-23.us-west-2.compute.internal", "ip-10-0-1-23"),
    (Kind::Host, "ip-10-0-1-23.ec2.internal", "ip-10-0-1-23"),
    (Kind::Host, "ec2-203-0-113-25.compute-1.amazonaws.com", "ec2-203-0-113-25"),
    (Kind::Eks, "https://oidc.eks.us-east-1.amazonaws.com/id/0A1B2C3D4E5F6A7B8C9D0A1B2C3D4E5F", "0A1B2C3D4E5F6A7B8C9D0A1B2C3D4E5F"),
    (Kind::Elasticache, "master.myredis.abc123.use1.cache.amazonaws.com", "master.myredis.abc123.use1"),
    (Kind::Sqs, "https://us-east-1.queue.amazonaws.com/123456789012/MyQueue", "123456789012/MyQueue"),
    (Kind::Sqs, "https://sqs-fips.us-east-1.amazonaws.com/123456789012/MyQueue", "123456789012/MyQueue"),
    (Kind::Ecr, "123456789012.dkr-ecr.us-east-1.on.aws/app", "123456789012.dkr-ecr.us-east-1.on.aws/app"),
    (Kind::S3Bucket, "https://s3.console.aws.amazon.com/s3/buckets/acme-data?region=us-east-1", "acme-data"),
    (Kind::S3Bucket, "https://us-east-1.console.aws.amazon.com/s3/object/acme-data?prefix=x", "acme-data"),
    (Kind::Account, "https://123456789012.signin.aws.amazon.com/console", "123456789012"),
    (Kind::Account, "123456789012.ddb.us-east-1.amazonaws.com", "123456789012"),
    (Kind::Account, "123456789012.data-kinesis.us-east-1.amazonaws.com", "123456789012"),
    (Kind::Account, "123456789012.s3-control.us-east-1.amazonaws.com", "123456789012"),
    (Kind::Account, "{\"Owner\": {\"DisplayName\": \"x\", \"ID\": \"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be\"}}", CANONICAL_USER),
    (Kind::Account, "<Owner><ID>79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be</ID></Owner>", CANONICAL_USER),
    (Kind::Account, "\"Principal\": {\"CanonicalUser\": \"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be\"}", CANONICAL_USER),
    (Kind::Account, "OwnerId: 79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be", CANONICAL_USER),
    (Kind::Cognito, "\"callerContext\": {\"clientId\": \"4abcdefghijklmnopqrstuvw7x\"}", "4abcdefghijklmnopqrstuvw7x"),
    (Kind::Cognito, "COGNITO_CLIENT_ID=4abcdefghijklmnopqrstuvw7x", "4abcdefghijklmnopqrstuvw7x"),
    (Kind::Cognito, "https://login.example.com/login?client_id=rabcdefghijklmnopqrstuvw7x&x=y", "rabcdefghijklmnopqrstuvw7x"),
    (Kind::IamRole, "https://console.aws.amazon.com/iam/home#/roles/Deployer?section=permissions", "Deployer"),
    (Kind::Lambda, "https://us-east-1.console.aws.amazon.com/lambda/home?region=us-east-1#/functions/resizer", "resizer"),
    (Kind::Rds, "https://us-east-1.console.aws.amazon.com/rds/home#database:id=orders;is-cluster=true", "orders"),
    (Kind::S3Bucket, "https://ACME-DATA.S3.US-EAST-1.AMAZONAWS.COM/key", "ACME-DATA"),
    (Kind::Rds, "Orders.ABC123xyz789.US-East-1.RDS.AmazonAWS.com:5432", "Orders.ABC123xyz789"),
    (Kind::Host, "g-0a1b2c3d4e.us-east-1.neptune-graph.amazonaws.com", "g-0a1b2c3d4e"),
    (Kind::Host, "search-movies-abc123.us-east-1.cloudsearch.amazonaws.com", "search-movies-abc123"),
    (Kind::Token, "see AWS_EC2_001", "AWS_EC2_001"),
    (Kind::Token, "AWS_ACCOUNT_001 202401311259", "AWS_ACCOUNT_001"),
];

/// What S3 knows an account by.
const CANONICAL_USER: &str = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";

/// Texts without an identifier.
const NOT_FOUND: &[&str] = &[
    // ARNs of nobody.
    "\"Resource\": [\"arn:aws:s3:::*\", \"arn:aws:s3:::*/*\", \"arn:aws:logs:*:*:*\"]",
    "!Sub arn:aws:s3:::${BucketName}/*, arn:aws:iam::${AWS::AccountId}:role/${RoleName}",
    "\"Resource\": \"arn:aws:states:::lambda:invoke\"",
    // What a reader is to put his own names for, and Terraform's own.
    "aws s3api head-bucket --bucket your-bucket-name --key YOUR_KEY",
    "BUCKET_NAME = var.bucket_name\nTABLE_NAME = local.table_name\n",
    "| Cloud Storage bucket | Amazon S3 bucket |",
    "executable_name = \"spatialite\"",
    "xi-0abc1234def567890",
    "i-0abc1234def56789",
    "i-0abc1234def5678901",
    "i-0ABC1234",
    "msg-12345678",
    "1.2.3.4.5",
    "Chrome/118.0.5993.70 Chrome/118.0.93.70 fd00:ec2::254 3fff::1 3fff:fff:1::2",
    "127.0.0.1 169.254.169.254 224.0.0.1 203.0.113.9 0.0.0.0 255.255.255.255 v1.2.3.4",
    "12:34:56 2024-01-01T12:34:56Z",
    "00:1A:2B:3C:4D:5E",
    "std::vec::Vec dead::beef ::1 fe80::1 2001:db8::1",
    "1234567890123 12345678901",
    "3.123456789012 123456789012.5 +123456789012",
    "202401311259",
    "+82 101234567890 +49-171123456789 +491711234567 tel:491711234567 Phone: 491711234567",
    "card 1234-5678-9012 on 1234-5678-9012-3456, account 1234-5678-9012-3456",
    "550e8400-e29b-41d4-a716-446655440000 550e8400-e29b-41d4-a716-123456789012",
    "ec2.us-east-1.amazonaws.com lambda.amazonaws.com s3.amazonaws.com api.ecr.us-east-1.amazonaws.com",
    "https://sts.amazonaws.com/ states.us-east-1.amazonaws.com.cn EC2.US-EAST-1.AMAZONAWS.COM",
    "api.us-east-1.something.amazonaws.com https://us-east-1.console.aws.amazon.com/ec2/home https://s3.console.aws.amazon.com/s3/home",
    "feedback sandbox handbook query_db describe-cluster",
    "arn:aws:s3 arn:partition:service:region:account:resource",
    "\"bucket\": {\"type\": \"string\"} bucket: string, bucket = event.bucket",
    "The bucket: the one you made.",
    "{\"Id\": \"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be\", \"ID\": \"79a59df900b9\"}",
    "client_id: 4abcdefghijklmnopqrstuvw7, clientId=abcdefghijklmnopqrstuvwxyz client_id=4Abcdefghijklmnopqrstuvw7x",
    "id: 4abcdefghijklmnopqrstuvw7x",
    "ID: sha256:79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
    "OwnerId: 79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2bee",
    "ZOOKEEPERZOOKEEPER ELEPHANTELEPH",
    "AWS_EC2_01 AWS_REGION_001 AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY",
    "s3://",
    "/aws/lambda",
    "pkg==4.8.1.2 version 4.8.1.2, section 5.1.2.3; libfoo-1.2.3.4.tar.gz",
    "data:image/png;base64,AAAA/Z0123456789ABCDEFGHIJ/AAAA",
    "[None]: acme-data",
    "state-of-the-art round-trip-table look-up-cluster src/prod-orders-db/x key-value-store",
    "a dead-letter-queue, a time-series-db, an in-memory-db, an open-source-db, a rate-limiting-token-bucket",
    "the production-database and our staging-cluster, a multi-tenant-db, background-job-queue, key-value-db",
    "100%25 of a&b &amp; c",
    "report-20240131125959123 backup-20240131 build-1a2b3c4d key-abcdef01 ws-connector %s-CONFIGURATION",
    "task-12345678 key-12345678 us-east-1 us-east-1a o-ring d-1",
    "msg_01XFDUDYJgAACzvnptvVoYEL toolu_01A09q90qw90lq917835lq9 req_011CSHoEeqs5C35K2UUqR7Fy",
];

#[test]
fn what_must_match_matches() {
    let detector = Detector::new(&Config::default()).unwrap();
    let mut wrong = Vec::new();
    for (kind, text, expected) in FOUND {
        let expected: Vec<_> = (!expected.is_empty()).then(|| (*kind, expected.to_string())).into_iter().collect();
        let found = found_by(&detector, text);
        if found != expected {
            wrong.push(format!("{text}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_must_not_match_does_not() {
    let detector = Detector::new(&Config::default()).unwrap();
    let wrong: Vec<_> =
        NOT_FOUND.iter().map(|text| (text, found_by(&detector, text))).filter(|row| !row.1.is_empty()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_arn_with_spaces_is_the_whole_of_its_value() {
    let detector = Detector::new(&Config::default()).unwrap();
    let masked = |key: &str, value: &str| -> Vec<String> {
        let mut spans = Vec::new();
        detector
            .read(value.as_bytes())
            .scan(Text { key: Some(key.as_bytes()), ..Text::plain(value.as_bytes()) }, &mut spans);
        spans.into_iter().map(|span| value[span.range].to_string()).collect()
    };
    let environment = "arn:aws:elasticbeanstalk:us-east-1:123456789012:environment/My App/My Env";
    assert_eq!(masked("EnvironmentArn", environment), [environment]);
    assert_eq!(masked("x", environment), [environment]);
    let other = "arn:aws:other:us-east-1:123456789012:thing/My Thing";
    assert_eq!(masked("resource_arns", other), [other]);
    assert!(detector.scan(b"arn:aws:s3:::acme-data\xc3").iter().all(|span| span.range.end == 22));
    assert_eq!(masked("content", "arn:aws:s3:::acme-data is denied"), ["arn:aws:s3:::acme-data"]);
    assert_eq!(masked("arn", "arn:aws:s3:::acme-data, arn:aws:s3:::acme-x y").len(), 2);
}

/// What a text teaches: the names that are looked for wherever else it has them.
fn learned(text: &str) -> Vec<(Kind, &str)> {
    let spans = Detector::new(&Config::default()).unwrap().scan(text.as_bytes());
    spans.into_iter().filter_map(|span| span.name()).map(|(name, kind)| (kind, &text[name])).collect()
}

#[test]
fn a_queue_stands_behind_the_host_of_a_vpc_endpoint() {
    let detector = Detector::new(&Config::default()).unwrap();
    for service in ["sqs", "sqs-fips"] {
        let host = format!("vpce-0a1b2c3d4e5f67890-abcd1234.{service}.eu-west-1.vpce.amazonaws.com");
        let expected = [
            (Kind::VpcEndpoint, "vpce-0a1b2c3d4e5f67890-abcd1234".to_string()),
            (Kind::Sqs, "123456789012/my-queue".to_string()),
        ];
        assert_eq!(found_by(&detector, &format!("https://{host}/123456789012/my-queue")), expected);
    }
}

#[test]
fn hosts_teach_the_name_and_not_the_role_in_front_of_it() {
    for (text, kind, name) in [
        ("master.myredis.abc123.use1.cache.amazonaws.com", Kind::Elasticache, "myredis"),
        ("replica.myredis.abc123.use1.cache.amazonaws.com", Kind::Elasticache, "myredis"),
        ("clustercfg.myredis.abc123.use1.cache.amazonaws.com", Kind::Elasticache, "myredis"),
        ("clustercfg.orders.abc123.memorydb.us-east-1.amazonaws.com", Kind::Elasticache, "orders"),
        ("us-east-1a.fs-01234567.efs.us-east-1.amazonaws.com", Kind::Efs, "fs-01234567"),
        ("b-1.mymsk.abc123.c2.kafka.us-east-1.amazonaws.com:9092", Kind::Host, "mymsk"),
        ("b-2-public.mymsk.abc123.c2.kafka.us-east-1.amazonaws.com", Kind::Host, "mymsk"),
        ("https://dev.d1a2b3c4d5e6f7.amplifyapp.com", Kind::Host, "d1a2b3c4d5e6f7"),
        ("orders.abc123xyz789.us-east-1.rds.amazonaws.com", Kind::Rds, "orders"),
        ("/aws/lambda/zorblax", Kind::Lambda, "zorblax"),
        ("/aws/rds/instance/orders/error", Kind::Rds, "orders"),
        ("/aws/unknown/zorblax/x", Kind::LogGroup, "/aws/unknown/zorblax/x"),
        ("arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/zorblax:*", Kind::Lambda, "zorblax"),
    ] {
        assert_eq!(learned(text), [(kind, name)], "{text}");
    }
    let endpoint = "https://bucket.vpce-0a1b2c3d-xyz.s3.us-east-1.vpce.amazonaws.com/my-bucket/k";
    assert_eq!(learned(endpoint), [(Kind::VpcEndpoint, "vpce-0a1b2c3d-xyz"), (Kind::S3Bucket, "my-bucket")]);
}

#[test]
fn words_of_kinds_are_not_learned() {
    let detector = Detector::new(&Config::default()).unwrap();
    for word in ["bucket", "table", "Queue", "key", "function", "role"] {
        assert!(detector.learn([(word.as_bytes(), Kind::S3Bucket)].into_iter()).is_none(), "{word}");
    }
    assert!(detector.learn([(&b"orders"[..], Kind::S3Bucket)].into_iter()).is_some());
}

#[test]
fn every_kind_has_an_example() {
    for kind in ALL {
        assert!(FOUND.iter().any(|row| row.0 == *kind), "{kind:?}");
    }
}

#[test]
fn every_identifier_of_a_crowded_text_is_found() {
    let detector = Detector::new(&Config::default()).unwrap();
    let rows: Vec<_> = FOUND.iter().filter(|row| !row.2.is_empty()).collect();
    let text = rows.iter().map(|row| row.1).collect::<Vec<_>>().join("\n");
    let found = found_by(&detector, &text);
    let expected: Vec<_> = rows.iter().map(|row| (row.0, row.2.to_string())).collect();
    assert_eq!(found, expected);
}

const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// A session token of 120 characters.
fn session_token() -> String {
    "IQoJb3JpZ2luX2VjEJr/".repeat(6)
}

#[test]
fn a_secret_stands_beside_its_key_id() {
    let detector = Detector::new(&Config::default()).unwrap();
    for between in [",", ":", "\", \"", "', '", "\",\"", " ", "  |  ", r#"\", \""#, "\n", r"\n", "\t", ": "] {
        for (before, behind) in [("", ""), ("curl -u ", " https://x"), ("(\"", "\")"), ("s3://", "@acme"), ("", ".")] {
            let text = format!("{before}{KEY_ID}{between}{SECRET}{behind}");
            let kinds: Vec<_> = found_by(&detector, &text).into_iter().take(2).collect();
            let expected = [(Kind::AccessKey, KEY_ID), (Kind::SecretKey, SECRET)];
            assert_eq!(kinds, expected.map(|(kind, text)| (kind, text.to_string())), "{text}");
        }
    }
}

#[test]
fn a_secret_stands_in_the_text_behind_its_key_id() {
    let masker = Masker::new(&Config::from_json(br#"{"use_redis":false}"#).unwrap()).unwrap();
    for (body, count) in [
        (format!(r#"["{KEY_ID}","{SECRET}"]"#), 2),
        (format!("{{\"username\": \"{KEY_ID}\",\n    \"password\": \"{SECRET}\"}}"), 2),
        (format!(r#"{{"x":"{SECRET}","id":"{KEY_ID}"}}"#), 1),
        (format!(r#"{{"id":"{KEY_ID}","x":"{}","y":"{SECRET}"}}"#, "x ".repeat(40)), 1),
    ] {
        assert_eq!(masker.detect("", body.as_bytes()).unwrap().len(), count, "{body}");
    }
}

#[test]
fn a_word_as_long_as_a_secret_is_none_elsewhere() {
    let detector = Detector::new(&Config::default()).unwrap();
    for text in [
        format!("see {SECRET} there"),
        format!("{KEY_ID}, {SECRET}x"),
        format!("{KEY_ID}, {SECRET}_x"),
        format!("{KEY_ID}, {}", &SECRET[1..]),
        format!("{KEY_ID} was rotated; {SECRET}"),
        format!("AROADBQP57FF2AEXAMPLE,{SECRET}"),
        format!("<Signature>{SECRET}</Signature>"),
        format!("<SecretAccessKey>{}</SecretAccessKey>", &SECRET[1..]),
        format!("<Other>{SECRET}</SecretAccessKey>"),
        format!("myaws_secret_access_key_ {SECRET}"),
        "laws awsome amazonaws aws_s aws_secret_access_key aws_session_token expired".into(),
    ] {
        let found = found_by(&detector, &text);
        assert!(found.iter().all(|found| found.0 != Kind::SecretKey), "{text}: {found:?}");
    }
}

#[test]
fn credentials_are_found_in_every_language_of_configuration() {
    let detector = Detector::new(&Config::default()).unwrap();
    let token = session_token();
    for (kind, value, texts) in [
        (
            Kind::SecretKey,
            SECRET,
            &[
                "<SecretAccessKey>{}</SecretAccessKey>",
                r"<Credentials>\n<SecretAccessKey>{}</SecretAccessKey>\n",
                "secret_access_key => '{}'",
                ":secret_access_key => \"{}\"",
                "'secret' => '{}',",
                "aws configure set aws_secret_access_key {}",
                "aws configure set profile.dev.aws_secret_access_key '{}'",
                "aws configure set aws_secret_access_key {} --profile dev",
            ][..],
        ),
        (
            Kind::SessionToken,
            &token,
            &[
                "<SessionToken>{}</SessionToken>",
                "session_token => '{}'",
                "aws configure set aws_session_token {}",
                "aws configure set aws_session_token \"{}\"",
            ][..],
        ),
    ] {
        for text in texts {
            let text = text.replace("{}", value);
            assert_eq!(found_by(&detector, &text), [(kind, value.to_string())], "{text}");
        }
    }
}

#[test]
fn an_xml_element_is_a_key() {
    let detector = Detector::new(&Config::default()).unwrap();
    for (kind, text, expected) in [
        (Kind::S3Bucket, "<Bucket>zorblax</Bucket>", "zorblax"),
        (Kind::S3Bucket, "<BucketName>zorblax</BucketName>", "zorblax"),
        (Kind::Rds, "<DBInstanceIdentifier>zorblax</DBInstanceIdentifier>", "zorblax"),
        (Kind::S3Bucket, "<Buckets><Bucket><Name>zorblax</Name></Bucket></Buckets>", "zorblax"),
        (Kind::S3Bucket, "<Bucket>\n  <Name>zorblax</Name>", "zorblax"),
        (Kind::S3Bucket, "<ListBucketResult xmlns=\"http://x\"><Name>zorblax</Name>", "zorblax"),
        (Kind::Rds, "<DBInstanceIdentifier>prod-orders-db</DBInstanceIdentifier>", "prod-orders-db"),
        (Kind::IamRole, "<Role>my-role</Role>", "my-role"),
        (Kind::S3Bucket, "<bucketName><![CDATA[zorblax]]></bucketName>", "zorblax"),
        (Kind::S3Bucket, "<property name=\"bucketName\" value=\"zorblax\"/>", "zorblax"),
        (Kind::Dynamodb, "<add key='TableName' value='zorblax' />", "zorblax"),
    ] {
        assert_eq!(found_by(&detector, text), [(kind, expected.to_string())], "{text}");
    }
    for text in [
        "<role>admin</role> <table>x</table> <bucket></bucket> </Bucket> <Name>zorblax</Name>",
        "<Person><Name>zorblax</Name></Person> <Bucket>two words</Bucket> <Bucket>x<b>y</b></Bucket>",
        "map(bucket => \"zor-blax\"), Kind::Bucket => \"zor-blax\", const f = (bucket) => \"zor-blax\"",
        "bucket => bucket.name; Kind::Bucket => \"zorblax\", bucket => \"zorblax\"",
        "<property name=\"color\" value=\"zorblax\"/> <color><![CDATA[zorblax]]></color> <add key=\"role\" value=\"admin\"/>",
    ] {
        assert_eq!(found_by(&detector, text), [], "{text}");
    }
}

#[test]
fn a_header_is_about_the_column_below_it() {
    let detector = Detector::new(&Config::default()).unwrap();
    let rulers = ["", "+-----------+-------------+\n", "|-----------|:-----------:|\n"];
    for ruler in rulers {
        let table = format!("|  KeyName  |  LaunchTime |\n{ruler}|  zorblax  |  2024-01-01 |\n|  `vorblax`  |  x |\n");
        for (text, name) in [
            (table.clone(), "zorblax"),
            (table.replace('\n', "\\n"), "zorblax"),
            (table.replace('\n', "\r\n"), "zorblax"),
            (format!("|  DescribeKeyPairs  |\n+---+\n{}", table.replace("|  ", "||  ")), "zorblax"),
            (format!("{table}\n|  KeyName  |  norblax  |\n"), "zorblax"),
        ] {
            let names: Vec<_> = found_by(&detector, &text).into_iter().map(|found| found.1).collect();
            assert!(names.starts_with(&[name.to_string(), "vorblax".into()]), "{text}\n{names:?}");
            assert_eq!(names[2..], ["norblax"][..names.len() - 2], "{text}");
        }
    }
}

#[test]
fn a_table_of_many_columns_is_read_by_its_header() {
    let detector = Detector::new(&Config::default()).unwrap();
    let text = "| Region | Bucket | Owner id | Size |\n|---|---|---|---|\n| eu-west-1 | zorblax | 123456789012 | 5 |\n\
        | eu-west-1 | two words | - | 5 |\n| i-0abc1234 | vorblax | none | x |\n\nBucket: norblax\n";
    let names: Vec<_> = found_by(&detector, text).into_iter().map(|found| found.1).collect();
    assert_eq!(names, ["zorblax", "123456789012", "i-0abc1234", "vorblax", "norblax"]);
}

#[test]
fn what_stands_in_front_of_a_flag_in_the_same_word_is_found() {
    let expected = [(Kind::AccessKey, KEY_ID.to_string()), (Kind::S3Bucket, "orders".to_string())];
    assert_eq!(found(&format!("x--{KEY_ID}--bucket orders")), expected);
}

#[test]
fn psql_draws_no_bar_at_the_ends_of_a_row() {
    let detector = Detector::new(&Config::default()).unwrap();
    let front = " db_instance | engine \n-------------+--------\n zorblax     | mysql\n vorblax     | \n(2 rows)\n\n bucket | norblax\n";
    let middle = " id | bucket_name | gb\n----+-------------+----\n  1 | zorblax     |  5\n  2 | vorblax     | 12\n";
    let last = " bucket | queue_name\n--------+------------\n zorblax | vor-blax\n";
    for (text, expected) in [
        (front.to_string(), &["zorblax", "vorblax", "norblax"][..]),
        (front.replace('\n', "\\n"), &["zorblax", "vorblax", "norblax"]),
        (front.replace('\n', "\r\n"), &["zorblax", "vorblax", "norblax"]),
        (middle.to_string(), &["zorblax", "vorblax"]),
        (last.to_string(), &["zorblax", "vor-blax"]),
        (" service | topic | role\n---------+-------+------\n zorblax | x     | vorblax\n".into(), &[]),
        (" bucket | objects\n bytes  | zorblax\n".into(), &["objects"]), // no ruler, so each is a key and its value
    ] {
        let names: Vec<_> = found_by(&detector, &text).into_iter().map(|found| found.1).collect();
        assert_eq!(names, expected, "{text}");
    }
}

#[test]
fn the_first_line_of_a_text_may_be_the_header_of_columns() {
    let detector = Detector::new(&Config::default()).unwrap();
    let rows = "db_instance,engine,gb\nzorblax,mysql,5\n\"vorblax\",postgres,\n,mysql,1\n";
    for (text, expected) in [
        (rows.to_string(), &["zorblax", "vorblax"][..]),
        (rows.replace(',', ";"), &["zorblax", "vorblax"]),
        (rows.replace(',', "\t").replace('\n', "\r\n"), &["zorblax", "vorblax"]),
        (rows.replace('"', "").replace('\n', "\\n"), &["zorblax", "vorblax"]),
        (format!("{rows}total of,all\nnorblax,x,y\n"), &["zorblax", "vorblax"]),
        (format!("engine,Bucket,gb\nmysql,zorblax,5\nmysql,two words,5\nmysql,{},5\n", "x".repeat(64)), &["zorblax"]),
        (rows.replace("db_instance", "table").to_string() + &"x".repeat(64), &[]),
        (rows.replace("db_instance", "user_name").to_string() + &"x".repeat(64), &[]),
        (format!("Dear bucket, I wrote\nzorblax, you know {}\n", "x".repeat(64)), &[]),
    ] {
        let names: Vec<_> =
            found_by(&detector, &text).into_iter().map(|found| found.1).filter(|name| name.len() < 60).collect();
        assert_eq!(names, expected, "{text}");
    }
}

#[test]
fn a_pair_in_a_text_says_what_its_value_is() {
    let detector = Detector::new(&Config::default()).unwrap();
    for (kind, text) in [
        (Kind::Sqs, "Dimensions:\n- Name: QueueName\n  Value: zorblax\n"),
        (Kind::S3Bucket, "env:\n  - {name: S3_BUCKET, value: \"zorblax\"}"),
        (Kind::AutoScaling, "--dimensions Name=AutoScalingGroupName,Value=zor-blax"),
        (Kind::Lambda, r#"[{\"Name\": \"FunctionName\", \"Value\": \"zorblax\"}]"#),
        (Kind::Dynamodb, "environment {\n  name  = \"TABLE_NAME\"\n  value = \"zorblax\"\n}"),
    ] {
        let found: Vec<_> = found_by(&detector, text);
        assert!(matches!(&found[..], [(is, name)] if *is == kind && name.contains("blax")), "{text} {found:?}");
    }
    for text in [
        "- Name: Color\n  Value: zorblax\n",
        "- Name: QueueName\n  Other: zorblax\n",
        "{name: 'role', value: 'zorblax'}",
        "name: bucket\nkind: x\nvalue = zorblax(1)",
    ] {
        assert_eq!(found_by(&detector, text), [], "{text}");
    }
}

#[test]
fn what_terraform_tells_of_a_resource_names_it() {
    let detector = Detector::new(&Config::default()).unwrap();
    for (kind, line) in [
        (Kind::IamRole, "aws_iam_role.task: Modifying... [id=zorblax]"),
        (Kind::S3Bucket, "module.a.aws_s3_bucket.this[0]: Still creating... [id=zorblax, 10s elapsed]"),
        (
            Kind::Eks,
            "aws_vpc.a: Refreshing state... [id=x]\naws_eks_cluster.b: Creation complete after 9m1s [id=zorblax]",
        ),
    ] {
        assert_eq!(found_by(&detector, line), [(kind, "zorblax".to_string())], "{line}");
    }
    for line in [
        "random_pet.a: Creating... [id=zorblax]",
        "aws_iam_role.task\n[id=zorblax]",
        "aws_vpc.a: Reading... [id=zorblax]",
    ] {
        assert_eq!(found_by(&detector, line), [], "{line}");
    }
}

#[test]
fn lists_under_the_keys_of_lists_hold_names() {
    let masker = Masker::new(&Config::from_json(br#"{"use_redis":false}"#).unwrap()).unwrap();
    for (kind, text, names) in [
        (Kind::Ecs, r#"{"clusters":["x-name","y-name"]}"#, &["x-name", "y-name"][..]),
        (Kind::Dynamodb, r#"{"TableNames":["zorblax","Vorblax"]}"#, &["zorblax", "Vorblax"]),
        (Kind::Elasticache, r#"{"MemberClusters":["zorblax"]}"#, &["zorblax"]),
        (Kind::Ecs, r#"{"text":"{\"clusters\": [\"x-name\"]}"}"#, &["x-name"]),
    ] {
        let found = masker.detect("", text.as_bytes()).unwrap();
        let found: Vec<_> = found.iter().map(|found| (found.kind, &found.original[..])).collect();
        assert_eq!(found, names.iter().map(|name| (kind, *name)).collect::<Vec<_>>(), "{text}");
    }
    assert!(masker.detect("", br#"{"clusters":["blue","green"]}"#).unwrap().is_empty());
}

#[test]
fn a_session_token_stands_behind_its_secret() {
    let detector = Detector::new(&Config::default()).unwrap();
    let token = session_token();
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    for text in [
        format!("NewStaticCredentialsProvider(\"ASIAIOSFODNN7EXAMPLE\", \"{secret}\", \"{token}\")"),
        format!("ASIAIOSFODNN7EXAMPLE,{secret},{token}\n"),
    ] {
        let found: Vec<_> = found_by(&detector, &text).into_iter().map(|found| found.1).collect();
        assert_eq!(found, ["ASIAIOSFODNN7EXAMPLE", secret, &token], "{text}");
    }
    for text in [
        format!("-AccessKey AKIAIOSFODNN7EXAMPLE -SecretKey {secret} -StoreAs x"),
        format!("AKIAIOSFODNN7EXAMPLE\nspark.hadoop.fs.s3a.secret.key={secret}"),
        format!("AKIAIOSFODNN7EXAMPLE <property><name>fs.s3a.secret.key</name>\n  <value>{secret}</value></property>"),
    ] {
        let found: Vec<_> = found_by(&detector, &text).into_iter().map(|found| found.1).collect();
        assert_eq!(found, ["AKIAIOSFODNN7EXAMPLE", secret], "{text}");
    }
}

#[test]
fn of_two_columns_the_left_one_may_be_the_keys() {
    let detector = Detector::new(&Config::default()).unwrap();
    for text in [
        "|  BucketName  |  zorblax  |",
        "|  BucketName  |  zorblax  |\n|  Region  |  eu-west-1  |\n",
        "+----+----+\n|  BucketName  |  zorblax  |\n+----+----+\n|  Region  |  eu-west-1  |\n+----+----+\n",
        "|  Region  |  eu-west-1  |\n|  BucketName  |  zorblax  |\n+-----+-----+\n",
        "|  Owner  |  Alice  |\n|  BucketName  |  zorblax  |\n|  x  |  y  |\n",
    ] {
        assert_eq!(found_by(&detector, text), [(Kind::S3Bucket, "zorblax".to_string())], "{text}");
    }
}

#[test]
fn an_attribute_names_the_resource_it_stands_in() {
    let detector = Detector::new(&Config::default()).unwrap();
    for (kind, resource, attribute) in [
        (Kind::Rds, "aws_db_instance", "identifier"),
        (Kind::Rds, "aws_rds_cluster", "cluster_identifier"),
        (Kind::Elasticache, "aws_elasticache_cluster", "cluster_id"),
        (Kind::KeyPair, "aws_key_pair", "key_name"),
        (Kind::Elasticsearch, "aws_opensearch_domain", "domain_name"),
        (Kind::Lambda, "aws_lambda_function", "function_name"),
    ] {
        let text = format!("resource \"{resource}\" \"x\" {{\n  {attribute} = \"zorblax\"\n}}");
        assert_eq!(found_by(&detector, &text), [(kind, "zorblax".to_string())], "{text}");
    }
    let text = "resource \"aws_sqs_queue\" \"x\" {\n  identifier = \"zorblax\"\n cluster_id = \"zorblax\"\n}";
    assert_eq!(found_by(&detector, text), []);
}

#[test]
fn a_flag_may_be_joined_to_its_value() {
    let detector = Detector::new(&Config::default()).unwrap();
    for (kind, text) in [
        (Kind::Sns, "aws sns create-topic --name=zorblax"),
        (Kind::Eks, "aws eks describe-cluster --name=zorblax --region eu-west-1"),
        (Kind::Parameter, "aws ssm get-parameter --name=zorblax"),
        (Kind::Elb, "aws elbv2 create-load-balancer --name='zorblax'"),
        (Kind::Ecs, "aws ecs describe-services --cluster=zorblax"),
        (Kind::Ecs, "aws ecs update-service --service=zorblax"),
        (Kind::Lambda, "aws lambda invoke --function-name=zorblax out"),
        (Kind::Lambda, "aws lambda invoke --function-name zorblax:PROD out"),
        (Kind::Lambda, "aws lambda invoke --function-name=zorblax:$LATEST"),
        (Kind::IamPolicy, "ManagedPolicyName: zorblax"),
    ] {
        assert_eq!(found_by(&detector, text), [(kind, "zorblax".to_string())], "{text}");
    }
    for text in ["docker run --name=zorblax", "--cluster=zorblax", "kubectl --cluster=zorblax", "FunctionName=a::b:c"] {
        assert_eq!(found_by(&detector, text), [], "{text}");
    }
}

/// What is looked for in every context: a kind and its key in camel case.
const NAMED: &[(Kind, &str)] = &[
    (Kind::S3Bucket, "BucketName"),
    (Kind::Rds, "DBInstanceIdentifier"),
    (Kind::Dynamodb, "TableName"),
    (Kind::Lambda, "FunctionName"),
    (Kind::Sqs, "QueueName"),
    (Kind::IamRole, "RoleName"),
    (Kind::Cloudformation, "StackName"),
    (Kind::AutoScaling, "AutoScalingGroupName"),
    (Kind::Secret, "SecretId"),
    (Kind::KeyPair, "KeyName"),
];

/// Contexts of a name, and whether a plain word is found in them, too: `KEY` is its key in camel case, `key` in snake case,
/// `--flag` as a flag, and `NAME` the name.
const CONTEXTS: &[(&str, bool)] = &[
    ("{\"KEY\":\"NAME\"}", true),
    ("{\"key\":\"NAME\"}", true),
    ("got {\\\"KEY\\\": \\\"NAME\\\"}", true),
    ("x:\n  KEY: NAME\n", true),
    ("x:\n  KEYs:\n  - y1-z\n  - NAME\n", true),
    ("x {\n  key = \"NAME\"\n}", true),
    ("~ key = \"y1-z\" -> \"NAME\"", true),
    ("[prod]\nkey = NAME\n", true),
    // `table_name = name` is a statement of any program.
    ("key = NAME\n", false),
    ("aws x y --flag NAME --no-cli-pager", true),
    ("aws x y --flag=NAME", true),
    ("|  KEY  |  NAME  |\n|  Status  |  ACTIVE  |\n", true),
    ("|  KEY  |  Status  |\n+----+----+\n|  NAME  |  ACTIVE  |\n", true),
    ("| KEY | Status |\n|---|---|\n| NAME | ok |\n", true),
    ("{\"Name\":\"KEY\",\"Value\":\"NAME\"}", true),
    ("[{\"ParameterKey\":\"KEY\",\"ParameterValue\":\"NAME\"}]", true),
    ("<KEY>NAME</KEY>", true),
    (" KEY | Status\n-----+-----\n NAME | ok\n", true),
    ("KEY,Status,Note\nNAME,ok,as long as notes are in what is exported\n", true),
    // Columns without bars are read where their header begins a text.
    ("see:\nKEY,Status,Note\nNAME,ok,as long as notes are in what is exported\n", false),
];

fn in_snake_case(key: &str) -> String {
    let mut snake = String::new();
    let letters: Vec<char> = key.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let is_first = letter.is_uppercase() && letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        snake.push_str(if at > 0 && is_first { "_" } else { "" });
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// One of [`CONTEXTS`] with a key and a name.
fn in_context(context: &str, key: &str, name: &str) -> String {
    let snake = in_snake_case(key);
    let text = context.replace("NAME", name).replace("KEY", key).replace("key", &snake);
    text.replace("--flag", &format!("--{}", snake.replace('_', "-")))
}

#[test]
fn every_name_is_found_in_every_context() {
    let masker = Masker::new(&Config::from_json(br#"{"use_redis":false}"#).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for (kind, key) in NAMED {
        for (context, finds_plain) in CONTEXTS {
            for name in ["zorblax", "zor-blax"] {
                let text = in_context(context, key, name);
                let found = masker.detect("", text.as_bytes()).unwrap();
                let is_found = found.iter().any(|found| found.kind == *kind && found.original == name);
                // What stands alone behind a comma or below it, no context tells.
                let may_be_found = *finds_plain || name.contains('-') && context.contains(" = ");
                if is_found != may_be_found {
                    wrong.push(format!("{text:?} {found:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_stands_around_a_plain_name_tells_its_kind() {
    let masker = Masker::new(&Config::from_json(br#"{"use_redis":false}"#).unwrap()).unwrap();
    for (kind, text) in [
        (Kind::Ecs, r#"{"requestParameters":{"cluster":"zorblax"}}"#),
        (Kind::Eks, r#"{"eventSource":"eks.amazonaws.com","requestParameters":{"name":"zorblax"}}"#),
        (Kind::Parameter, r#"{"eventSource":"ssm.amazonaws.com","requestParameters":{"name":"zorblax"}}"#),
        (Kind::Ecs, r#"{"requestParameters":{"desiredCount":1,"service":"zorblax"}}"#),
        (Kind::Eks, r#"{"cluster":{"name":"zorblax"}}"#),
        (Kind::Parameter, r#"{"Parameters":[{"Name":"zorblax"}]}"#),
        (Kind::Cloudformation, r#"{"Key":"aws:cloudformation:stack-name","Value":"zorblax"}"#),
        (Kind::Lambda, r#"{"Dimensions":[{"Name":"FunctionName","Value":"zorblax"}]}"#),
        (Kind::Dynamodb, r#"{"environment":[{"name":"TABLE_NAME","value":"zorblax"}]}"#),
    ] {
        let found = masker.detect("", text.as_bytes()).unwrap();
        let found: Vec<_> = found.iter().map(|found| (found.kind, &found.original[..])).collect();
        assert_eq!(found, [(kind, "zorblax")], "{text}");
    }
    for text in [
        r#"{"cluster":"zorblax","service":"zorblax"}"#,
        r#"{"Name":"FunctionName","x":1,"Value":12}"#,
        r#"{"Name":"Color","Value":"zorblax"}"#,
        r#"{"eventSource":"s3.amazonaws.com","requestParameters":{"name":"zorblax"}}"#,
        r#"{"eventSource":"eks.amazonaws.com","name":"zorblax"}"#,
        "2024-06-11 09:10:11 started",
        "2024-06-11 09:10:11 shutting-down the server",
        "x 2024-06-11 09:10:11 shutting-down",
        "buckets: [Vec<Bucket>; 8], fold(init, |acc, bucket| unsafe { 1 }), iter.map(|bucket| zorblax)",
        "    |bucket| zorblax\n    // | capacity | buckets | bytes\n",
        "_role_name = \"Column\"; https://www.ibm.com/docs?topic=files-random&queue=x-y; AES functions: AES-NI",
        "( $ BUCKETS : expr ) => ($ BUCKET : ident, $ TABLE_NAME : expr)",
        "const FLAG: u64 = 274877906944; use std::prelude::rust_2021::v1; on 4 Jan 2004::",
        "a role (read-only), the table (two-column), setTable(\"two-column\"), the Bucket (x-large)",
    ] {
        assert!(masker.detect("", text.as_bytes()).unwrap().is_empty(), "{text}");
    }
}

/// A percent sign in front of hexadecimal digits may also be one.
#[test]
fn what_may_be_encoded_or_not_is_read_in_both_ways() {
    let detector = Detector::new(&Config::default()).unwrap();
    for (text, expected) in [
        ("LIKE '%123456789012%'", vec!["123456789012"]),
        ("LIKE '%E1A2B3C4D5E6F1%'", vec!["E1A2B3C4D5E6F1"]),
        ("LIKE '%ACCAIOSFODNN7EXAMPLE%'", vec!["ACCAIOSFODNN7EXAMPLE"]),
        ("LIKE '%131.2.3.4%'", vec!["131.2.3.4"]),
        ("%ecs_cluster: \"zorblax\"", vec!["zorblax"]),
        ("x%13%20db.zorblax.0001.use1.cache.amazonaws.com", vec!["db.zorblax.0001.use1"]),
        ("'%123456789012,x%20i-0abc1234def567890'", vec!["123456789012", "i-0abc1234def567890"]),
        ("x%20i-0abc1234def567890,%123456789012%", vec!["i-0abc1234def567890", "123456789012"]),
    ] {
        let found: Vec<String> = found_by(&detector, text).into_iter().map(|found| found.1).collect();
        assert_eq!(found, expected, "{text}");
    }
}

/// A long word is read in parts, wherever these end.
#[test]
fn what_stands_where_a_long_word_is_cut_is_found() {
    let detector = Detector::new(&Config::default()).unwrap();
    let unit = "%20i-0abc1234def567890,%123456789012,";
    let times = (1 << 16) / unit.len() + 2;
    for before in 0..unit.len() {
        let text = ",".repeat(before) + &unit.repeat(times);
        assert_eq!(detector.scan(text.as_bytes()).len(), 2 * times, "{before}");
    }
}

/// A space in a URL, a line feed in a form, a quote, a letter of another script: whatever is encoded there is no part of the word.
#[test]
fn an_encoded_character_ends_a_word_on_both_sides() {
    let detector = Detector::new(&Config::default()).unwrap();
    let words = FOUND.iter().filter(|row| !row.2.is_empty() && row.1 == row.2);
    let mut missed = Vec::new();
    for (kind, text, _) in words.filter(|row| row.1.bytes().all(|b| b.is_ascii_graphic())) {
        for encoded in ["%20", "%0A", "%0d%0a", "%22", "%EA%B0%80", "%2520", "%00"] {
            let line = format!("https://example.com/?q=stop{encoded}{text}{encoded}now");
            if !found_by(&detector, &line).contains(&(*kind, text.to_string())) {
                missed.push(line);
            }
        }
    }
    assert!(missed.is_empty(), "{} missed: {missed:#?}", missed.len());
}

/// What stands behind an encoding in the same word is found as behind what that means, where it goes on behind the word, too.
#[test]
fn what_goes_on_behind_an_encoded_word_is_found_as_without_an_encoding() {
    let detector = Detector::new(&Config::default()).unwrap();
    let detect = |front: &str, text: &str| -> Vec<(Kind, String)> { found_by(&detector, &format!("{front}{text}")) };
    let mut texts: Vec<String> = FOUND.iter().map(|row| row.1.to_string()).collect();
    for (_, key) in NAMED {
        for (context, _) in CONTEXTS.iter().filter(|row| !row.0.contains('\n')) {
            texts.push(in_context(context, key, "zorblax"));
        }
    }
    texts.extend(
        [
            "Bucket:aws.String(\"zorblax\")",
            "BUCKET_NAME=aws.String(\"zorblax\")",
            "Buckets:[\"zorblax\", \"zorblax-y\"]",
            "bucket={\"zorblax\"}",
            "arn:aws:iam::123456789012:user/D\u{e9}veloppeur",
            "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE1",
            "AKIAIOSFODNN7EXAMPLE,x%20y \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE1\"",
        ]
        .map(String::from),
    );
    let mut missed = Vec::new();
    for text in texts {
        for (encoded, meant) in
            [("%2Fb,", "/b,"), ("%20b,", " b,"), ("%2C", ","), ("%20", " "), ("%C3%BC%09", "\u{fc}\t")]
        {
            let (is, would_be) = (detect(&format!("x{encoded}"), &text), detect(&format!("x{meant}"), &text));
            if is != would_be {
                missed.push(format!("x{encoded}{text}: {is:?}, not {would_be:?}"));
            }
        }
    }
    assert!(missed.is_empty(), "{} {}", missed.len(), missed.join("\n"));
}

/// Every kind with a switch has an example, so every switch is tried.
#[test]
fn switches_turn_kinds_off() {
    for (kind, text, expected) in FOUND.iter().filter(|row| !row.2.is_empty()) {
        let Some(field) = kind.info().switch.field() else { continue };
        let config = Config::from_json(format!("{{\"{field}\":false}}").as_bytes()).unwrap();
        let found = found_by(&Detector::new(&config).unwrap(), text);
        assert!(!found.contains(&(*kind, expected.to_string())), "{field}: {text}");
    }
}

#[test]
fn the_operators_own_rules_add_and_take_away() {
    let config = Config::from_json(
        br#"{"custom_patterns":[{"name":"ticket","pattern":"TICKET-[0-9]+","token":"TICKET"}],"custom_terms":["acme","Acme GmbH"],
            "allow_list":["i-0abc1234def567890","/10\\.0\\..*/"]}"#,
    )
    .unwrap();
    let detector = Detector::new(&config).unwrap();
    let text = "Acme GmbH: acme_TICKET-17, acme-x macme i-0abc1234def567890 i-0abc1234 10.0.0.1 10.1.0.1 AWS_EC2_001";
    let shown: Vec<_> = detector
        .scan(text.as_bytes())
        .into_iter()
        .map(|span| (detector.prefix(span.kind, span.rule).to_string(), &text[span.range]))
        .collect();
    let expected = [
        ("AWS_CUSTOM", "Acme GmbH"),
        ("AWS_CUSTOM", "acme"),
        ("AWS_CUSTOM_TICKET", "TICKET-17"),
        ("AWS_CUSTOM", "acme"),
        ("AWS_EC2", "i-0abc1234"),
        ("AWS_PRIVATE_IP", "10.1.0.1"),
        ("AWS_TOKEN", "AWS_EC2_001"),
    ];
    assert_eq!(shown, expected.map(|(prefix, text)| (prefix.to_string(), text)));
}

#[test]
fn impossible_rules_are_refused_by_name() {
    for (json, field) in [
        (r#"{"custom_patterns":[{"name":"x","pattern":"(","token":"X"}]}"#, "config.custom_patterns[1].pattern"),
        (r#"{"custom_patterns":[{"name":"x","pattern":"(?=a)","token":"X"}]}"#, "config.custom_patterns[1].pattern"),
        (r#"{"custom_patterns":[{"name":"x","pattern":"a*","token":"X"}]}"#, "config.custom_patterns[1].pattern"),
        (
            r#"{"custom_patterns":[{"name":"x","pattern":"(\\w{500}){500}","token":"X"}]}"#,
            "config.custom_patterns[1].pattern",
        ),
        (r#"{"custom_patterns":[{"name":"x","pattern":"a","token":"AWS_1"}]}"#, "config.custom_patterns[1].token"),
        (r#"{"custom_patterns":[{"name":"","pattern":"a","token":"X"}]}"#, "config.custom_patterns[1].name"),
        (r#"{"custom_terms":["ok"," x"]}"#, "config.custom_terms[2]"),
        (r#"{"allow_list":["/[/"]}"#, "config.allow_list[1]"),
    ] {
        let error = Detector::new(&Config::from_json(json.as_bytes()).unwrap()).unwrap_err();
        assert_eq!(error.code(), crate::Code::ConfigInvalid);
        assert!(error.details().starts_with(field), "{}", error.details());
    }
    for json in [r#"{"custom_patterns":[{"name":"x"}]}"#, r#"{"custom_terms":"x"}"#, r#"{"allow_list":[1]}"#] {
        assert_eq!(Config::from_json(json.as_bytes()).unwrap_err().code(), crate::Code::ConfigInvalid);
    }
    assert!(Config::from_json(br#"{"custom_terms":{}}"#).unwrap().custom_terms.is_empty());
}

#[test]
fn an_arn_of_a_kind_that_is_off_still_hides_its_account() {
    let config = Config::from_json(br#"{"mask_rds_instances":false}"#).unwrap();
    let found = found_by(&Detector::new(&config).unwrap(), "arn:aws:rds:us-east-1:123456789012:db:orders-db");
    assert_eq!(found, [(Kind::Account, "123456789012".to_string())]);
}

#[test]
fn names_that_say_what_they_are_need_nothing_around_them() {
    for (kind, name) in [
        (Kind::Sqs, "zor-blax.fifo"),
        (Kind::Sqs, "Zor_blax-9.fifo"),
        (Kind::IamRole, "AWSReservedSSO_Zor-Blax_0123456789abcdef"),
    ] {
        for text in [format!("see {name}, which"), format!("\"{name}\""), format!("({name}).")] {
            assert_eq!(found(&text), [(kind, name.to_string())], "{text}");
        }
    }
    assert_eq!(found("\"zorblax.fifo\""), [(Kind::Sqs, "zorblax.fifo".to_string())]);
    for text in [
        "/tmp/zorblax.fifo",
        "a.fifo.txt, *.fifo, ${x}.fifo, zor_blax.fifo = 1, a-b->fifo",
        "AWSReservedSSO_zorblax, AWSReservedSSO_x_0123456789abcde",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn keys_of_tools_give_names() {
    for (kind, name, text) in [
        (Kind::Secret, "zor/blax", "remoteRef: { key: zor/blax, property: url }"),
        (Kind::Secret, "ZorBlax", "    - secretKey: a\n      remoteRef:\n        key: ZorBlax\n"),
        (Kind::Parameter, "/zor/blax", "env:\n  parameter-store:\n    TOKEN: /zor/blax\n  x: y\n"),
        (Kind::Secret, "zor/blax", "  secrets-manager:\n    DSN: zor/blax:dsn\n"),
        (Kind::S3Bucket, "zor-blax", "bucketNames:\n  chunks: zor-blax\n"),
        (Kind::S3Bucket, "zorblax", "BUCKET  := zorblax\n"),
        (Kind::Resource, "zor-5xx", "{\"AlarmName\":\"zor-5xx\"}"),
        (Kind::Parameter, "/zor/blax/", "aws ssm get-parameters-by-path --path /zor/blax/ --recursive"),
        (Kind::Sqs, "zorblax-dead.fifo", "sqs.Queue(self, \"Dlq\", queue_name=\"zorblax-dead.fifo\")"),
    ] {
        assert_eq!(found(text), [(kind, name.to_string())], "{text}");
    }
    for text in [
        "remoteRef: x\nkey:",
        "bucketNames:\nchunks: zor-blax\n",
        "secretsManager:\n  enabled: true\n",
        "{key: zor/blax}",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn a_flag_is_read_once_more_as_a_key() {
    assert_eq!(found_by(&Detector::new(&Config::default()).unwrap(), "---name => "), []);
}

#[test]
fn a_name_that_is_called_data_begins_no_payload() {
    let found =
        found_by(&Detector::new(&Config::default()).unwrap(), "s3://data:image/png;base64,AKIAIOSFODNN7EXAMPLE");
    assert_eq!(found[1..], [(Kind::AccessKey, "AKIAIOSFODNN7EXAMPLE".to_string())]);
}

#[test]
fn only_the_payload_of_a_data_url_is_passed_over() {
    let detector = Detector::new(&Config::default()).unwrap();
    let (key_id, token) = ("AKIAIOSFODNN7EXAMPLE", r"AWS\_EC2\_001");
    assert_eq!(found_by(&detector, &format!("data:image/png;base64,{key_id}")), []);
    for text in [format!("data:{key_id};base64,{key_id}"), format!("data: {key_id} x;base64,{key_id}")] {
        assert_eq!(found_by(&detector, &text), [(Kind::AccessKey, key_id.to_string())], "{text}");
    }
    for text in [format!("data:image/png;base64,{token}"), format!("data:image/png;base64,iVBOR{token}.com")] {
        assert_eq!(found_by(&detector, &text), [(Kind::Token, token.to_string())], "{text}");
    }
}

#[test]
fn without_preserve_structure_the_whole_host_goes() {
    let config = Config::from_json(br#"{"preserve_structure":false}"#).unwrap();
    let found =
        found_by(&Detector::new(&config).unwrap(), "at orders-db.abc123xyz789.us-east-1.rds.amazonaws.com:5432");
    assert_eq!(found, [(Kind::Rds, "orders-db.abc123xyz789.us-east-1.rds.amazonaws.com".to_string())]);
}

#[test]
fn a_key_makes_its_whole_value_a_name() {
    let detector = Detector::new(&Config::default()).unwrap();
    let kinds = |key: &str, value: &str| -> Vec<Kind> {
        let mut spans = Vec::new();
        detector
            .read(value.as_bytes())
            .scan(Text { key: Some(key.as_bytes()), ..Text::plain(value.as_bytes()) }, &mut spans);
        spans.iter().map(|span| span.kind).collect()
    };
    assert_eq!(kinds("DBInstanceIdentifier", "orders"), [Kind::Rds]);
    assert_eq!(kinds("db_instance_identifier", "orders"), [Kind::Rds]);
    assert_eq!(kinds("TableNames", "orders"), [Kind::Dynamodb]);
    assert_eq!(kinds("Bucket", "two words"), []);
    assert_eq!(kinds("Bucket", "arn:aws:s3:::acme-data"), [Kind::S3Bucket]);
    assert_eq!(kinds("Bucket", "default"), []);
    assert_eq!(kinds("Bucket", "AWS_S3_BUCKET_001"), [Kind::Token]);
    assert_eq!(kinds("Title", "orders"), []);
    assert_eq!(kinds("EngineVersion", "8.0.1.2"), []);
    assert_eq!(kinds("version", "10.0.0.1"), []);
    assert_eq!(kinds("version", "now at 10.0.0.1"), [Kind::PrivateIp]);
    assert_eq!(kinds("address", "8.0.1.2"), [Kind::PublicIp]);
}
