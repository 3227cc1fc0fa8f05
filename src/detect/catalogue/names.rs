//! Names without a shape, found by what introduces them.
//!
//! A key counts however it is spelled: `DBInstanceIdentifier`, `db_instance_identifier`, `--db-instance-identifier` and
//! `dbInstanceIdentifier` are one entry, written in lower case without separators. A plural `s` is ignored.
//! Sources: AWS CLI command reference, CloudFormation resource reference, Terraform AWS provider, CloudTrail user guide.

use super::kinds::Kind;

/// What a value must look like to be taken for the name that its key promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A resource name: letters, digits and `. _ - / # + = @`, with at least one letter.
    Name,
    /// The same, where the key is a word of everyday: only with a hyphen, an underscore or a digit in it.
    Telling,
    /// The same, where the key as one lower-case word (`tablename`) is everybody's: [`Form::Name`] behind `TableName`,
    /// `tableName` or `--table-name`, [`Form::Quoted`] behind `table_name`, [`Form::Telling`] behind `tablename`.
    Cased,
    /// The same, where only a body about AWS makes the key one of a name.
    Likely,
    /// The same, where source code has such keys too: a word in quotes, which is not looked for elsewhere, or as [`Form::Telling`].
    Quoted,
    /// A name with a slash in it.
    Path,
    /// A bucket and the key of an object in it, of which the bucket is the name: `acme/key`.
    Object,
    /// Twelve digits, or a [`Form::CanonicalUser`].
    Account,
    /// The 64 hexadecimal digits by which S3 knows an account. Source: S3 user guide, "Finding your canonical user ID".
    CanonicalUser,
    /// A UUID, a multi-Region key id or `alias/…`.
    KmsKey,
    /// An id whose shape is ambiguous elsewhere: an organization, a root, a path of units, a hosted zone, a distribution, an app
    /// client of Cognito, or one of [`COINED`](super::ids::COINED) that need not be mixed here.
    Id,
    /// 40 characters of base64: a secret access key.
    Secret,
    /// At least 100 characters of base64: a session token.
    SessionToken,
    /// The same, where the key is everybody's: only as STS begins its tokens.
    StsToken,
}

use Form::{
    Account, CanonicalUser, Cased, Id, KmsKey, Likely, Name, Object, Path, Secret, SessionToken, StsToken, Telling,
};

/// The keys by what they promise.
pub static KEYS: &[(Kind, Form, &[&str])] = &[
    (
        Kind::S3Bucket,
        Name,
        &[
            "accesslogsbucket",
            "artifactbucket",
            "artifactbucketname",
            "assetbucket",
            "backupbucket",
            "bucket",
            "bucketname",
            "codebucket",
            "databucket",
            "deploymentbucket",
            "destbucket",
            "destinationbucket",
            "destinationbucketname",
            "inputbucket",
            "inputbucketname",
            "logbucket",
            "logbucketname",
            "loggingbucket",
            "loggingbucketname",
            "originbucket",
            "outputbucket",
            "outputbucketname",
            "outputs3bucket",
            "outputs3bucketname",
            "s3bucket",
            "s3bucketname",
            "s3outputbucket",
            "sourcebucket",
            "sourcebucketname",
            "statebucket",
            "targetbucket",
            "targetbucketname",
        ],
    ),
    (Kind::S3Bucket, Object, &["copysource", "xamzcopysource"]),
    (
        Kind::Rds,
        Name,
        &[
            "dbclusteridentifier",
            "dbclustername",
            "dbclusterparametergroupname",
            "dbclustersnapshotidentifier",
            "dbinstanceidentifier",
            "dbinstancename",
            "dbparametergroupname",
            "dbproxyname",
            "dbsnapshotidentifier",
            "dbsubnetgroup",
            "dbsubnetgroupname",
            "finaldbsnapshotidentifier",
            "finalsnapshotidentifier",
            "globalclusteridentifier",
            "newdbclusteridentifier",
            "newdbinstanceidentifier",
            "optiongroupname",
            "rdsinstance",
            "rdsinstanceidentifier",
            "readreplicadbinstanceidentifier",
            "readreplicasourcedbinstanceidentifier",
            "snapshotidentifier",
            "sourcedbclusteridentifier",
            "sourcedbinstanceidentifier",
            "sourcedbsnapshotidentifier",
            "targetdbclusteridentifier",
            "targetdbinstanceidentifier",
            "targetdbsnapshotidentifier",
        ],
    ),
    (Kind::Dynamodb, Cased, &["tablename"]),
    (Kind::Rds, Cased, &["databasename", "dbname"]),
    (Kind::Rds, Cased, &["instanceidentifier"]),
    (Kind::Rds, Telling, &["dbcluster", "dbinstance", "dbsnapshot", "replicatesourcedb", "sourceidentifier"]),
    (
        Kind::Elasticache,
        Name,
        &[
            "cacheclusterid",
            "cacheclusteridentifier",
            "cachereplicationgroup",
            "cachesubnetgroupname",
            "elasticachecluster",
            "globalreplicationgroupid",
            "membercluster",
            "memorydbcluster",
            "primaryclusterid",
            "replicationgroupid",
            "serverlesscachename",
        ],
    ),
    (Kind::Elasticache, Telling, &["cachecluster", "cacheparametergroupname", "replicationgroup"]),
    (Kind::Lambda, Cased, &["functionname", "layername"]),
    (Kind::Lambda, Name, &["lambdafunction", "lambdafunctionname", "lambdaname"]),
    (Kind::Lambda, Telling, &["function", "lambda"]),
    (
        Kind::Dynamodb,
        Name,
        &["dynamodbtable", "dynamodbtablename", "globaltablename", "sourcetablename", "targettablename"],
    ),
    (Kind::Dynamodb, Telling, &["dynamotable", "table"]),
    (Kind::Sqs, Cased, &["queuename"]),
    (Kind::Sqs, Name, &["deadletterqueuename", "dlqname", "interruptionqueue", "sqsqueue", "sqsqueuename"]),
    (Kind::Sqs, Telling, &["deadletterqueue", "queue"]),
    (Kind::Sns, Cased, &["topicname"]),
    (Kind::Sns, Name, &["snstopic", "snstopicname"]),
    (Kind::Sns, Telling, &["topic"]),
    (Kind::Kinesis, Cased, &["streamname"]),
    (Kind::Kinesis, Name, &["deliverystreamname", "firehosename", "kinesisstream", "kinesisstreamname"]),
    (Kind::Kinesis, Telling, &["deliverystream", "stream"]),
    (
        Kind::Ecs,
        Name,
        &[
            "capacityprovidername",
            "ecscluster",
            "ecsclustername",
            "ecsservice",
            "ecsservicename",
            "taskdefinitionfamily",
        ],
    ),
    (Kind::Ecs, Cased, &["clustername", "servicename"]),
    (Kind::Ecs, Telling, &["cluster", "service", "taskdefinition"]),
    (Kind::Ecs, Likely, &["family"]),
    (Kind::Eks, Name, &["ekscluster", "eksclustername", "fargateprofilename", "nodegroupname", "nodegroups"]),
    (Kind::Eks, Telling, &["nodegroup"]),
    (Kind::IamRole, Cased, &["rolename", "servicerole"]),
    (Kind::IamRole, Name, &["iaminstanceprofile", "iamrole", "iamrolename", "instanceprofilename"]),
    (Kind::IamRole, Telling, &["executionrole", "instanceprofile", "lambdarole", "role", "taskrole"]),
    (Kind::IamUser, Name, &["iamuser", "iamusername"]),
    (Kind::IamUser, Cased, &["username"]),
    (Kind::SecurityGroup, Name, &["securitygroupname", "sourcesecuritygroupname"]),
    (Kind::SecurityGroup, Likely, &["securitygroup"]),
    (Kind::IamGroup, Name, &["iamgroup", "iamgroupname"]),
    (Kind::IamGroup, Cased, &["groupname"]),
    (Kind::IamPolicy, Cased, &["policyname"]),
    (Kind::IamPolicy, Name, &["iampolicy", "iampolicyname", "managedpolicyname"]),
    (Kind::KeyPair, Name, &["ec2keyname", "ec2sshkey", "keypairname", "publickeyname", "sshkeyname", "sshkeypairname"]),
    (Kind::KeyPair, Cased, &["keyname"]),
    (Kind::KeyPair, Telling, &["keypair"]),
    // Those of CodeBuild have one under each of their keys. Source: CodeBuild user guide, "Build specification reference".
    (Kind::Parameter, Path, &["parameterstore"]),
    (Kind::Secret, Path, &["secretsmanager"]),
    (Kind::Secret, Name, &["secretid", "secretname", "secretsmanagersecret"]),
    (Kind::Parameter, Name, &["ssmparameter", "ssmparametername"]),
    (Kind::Parameter, Path, &["parametername", "valuefrom"]),
    (
        Kind::LogGroup,
        Name,
        &[
            "awslogsgroup",
            "cloudwatchloggroup",
            "loggroup",
            "loggroupidentifier",
            "loggroupname",
            "loggrouppattern",
            "loggroupnameprefix",
        ],
    ),
    (Kind::Ecr, Cased, &["repositoryname"]),
    (Kind::Ecr, Name, &["ecrrepository", "ecrrepositoryname"]),
    (Kind::Ecr, Telling, &["reponame", "repository"]),
    (Kind::Codecommit, Name, &["codecommitrepository"]),
    (Kind::Cloudformation, Name, &["parentstackname", "rootstackname", "stackname", "stacksetname"]),
    (Kind::Cloudformation, Telling, &["changesetname", "stack"]),
    (
        Kind::AutoScaling,
        Name,
        &["asgname", "autoscalinggroup", "autoscalinggroupname", "launchconfiguration", "launchconfigurationname"],
    ),
    (Kind::AutoScaling, Telling, &["asg"]),
    (Kind::LaunchTemplate, Name, &["launchtemplatename"]),
    (Kind::Elb, Name, &["albname", "elbname", "loadbalancername", "nlbname", "targetgroupname"]),
    (Kind::Elb, Telling, &["loadbalancer", "targetgroup"]),
    (Kind::Domain, Name, &["hostedzonename"]),
    (Kind::Domain, Cased, &["domainname"]),
    (Kind::Route53, Name, &["hostedzoneid"]),
    (Kind::Route53, Id, &["zoneid"]),
    (
        Kind::Cloudfront,
        Name,
        &["cfdistributionid", "cloudfrontdistribution", "cloudfrontdistributionid", "distributionid"],
    ),
    (Kind::Cloudfront, Id, &["cfdistid", "cloudfrontid"]),
    (Kind::ApiGateway, Name, &["httpapiid", "restapi", "restapiid", "restapiname"]),
    (Kind::ApiGateway, Telling, &["apiid"]),
    (Kind::Cognito, Name, &["identitypoolname", "userpoolclientid", "userpoolname"]),
    (
        Kind::Organization,
        Id,
        &[
            "awsprincipalorgid",
            "awsprincipalorgpath",
            "awsresourceorgid",
            "awsresourceorgpath",
            "awssourceorgid",
            "awssourceorgpath",
            "childid",
            "destinationparentid",
            "organizationalunitid",
            "organizationid",
            "orgid",
            "parentid",
            "principalorgid",
            "principalorgpath",
            "resourceorgid",
            "resourceorgpath",
            "rootid",
            "sourceorgid",
            "sourceorgpath",
            "sourceparentid",
            "targetid",
        ],
    ),
    (Kind::Emr, Id, &["stepid"]),
    (Kind::Resource, Id, &["bundleid", "workspaceid"]),
    (Kind::Resource, Name, &["configrulename", "physicalresourceid"]),
    (Kind::Resource, Telling, &["alarmname"]),
    (Kind::StepFunctions, Name, &["statemachinename"]),
    (Kind::StepFunctions, Telling, &["statemachine"]),
    (Kind::Glue, Name, &["crawlername", "gluedatabase", "gluedatabasename", "gluejob", "gluejobname"]),
    (Kind::Glue, Telling, &["jobname"]),
    (Kind::Glue, Likely, &["catalogconnection", "catalogdatabase", "database", "schema"]),
    (Kind::Sagemaker, Likely, &["sagemakerendpoint"]),
    (Kind::Athena, Name, &["workgroupname"]),
    (Kind::Athena, Telling, &["workgroup"]),
    (Kind::Batch, Name, &["computeenvironmentname", "jobdefinitionname", "jobqueuename"]),
    (Kind::Batch, Telling, &["computeenvironment", "jobdefinition", "jobqueue"]),
    (
        Kind::Sagemaker,
        Name,
        &["endpointconfigname", "modelpackagegroupname", "notebookinstancename", "trainingjobname"],
    ),
    (Kind::Sagemaker, Cased, &["endpointname"]),
    (Kind::Redshift, Name, &["clusteridentifier", "redshiftcluster", "redshiftclusteridentifier"]),
    (
        Kind::Elasticsearch,
        Name,
        &["elasticsearchdomain", "elasticsearchdomainname", "esdomain", "opensearchdomain", "opensearchdomainname"],
    ),
    (
        Kind::Kms,
        KmsKey,
        &[
            "cmkid",
            "destinationkeyid",
            "encryptionkey",
            "keyid",
            "kmskey",
            "kmskeyid",
            "kmsmasterkeyid",
            "masterkeyid",
            "sourcekeyid",
            "ssekmskeyid",
            "ssekmsmasterkeyid",
            "targetkeyid",
        ],
    ),
    (Kind::Kms, Path, &["aliasname"]),
    (
        Kind::Account,
        Account,
        &[
            "account",
            "accountnumber",
            "awsaccount",
            "awsaccountnumber",
            "destinationaccount",
            "destinationowner",
            "instanceowner",
            "owner",
            "owneraccount",
            "payeraccount",
            "registryid",
            "requesterid",
            "sourceaccount",
            "sourceowner",
            "targetaccount",
            "vpcowner",
        ],
    ),
    (Kind::Account, Id, &["principalid"]),
    (Kind::Account, CanonicalUser, &["canonicaluser", "canonicaluserid", "s3canonicaluserid"]),
    (
        Kind::SecretKey,
        Secret,
        &[
            "accesskeysecret",
            "awssecret",
            "awssecretaccesskey",
            "awssecretkey",
            "fss3asecretkey",
            "s3secretaccesskey",
            "s3secretkey",
            "secret",
            "secretaccesskey",
            "secretaccesskeyid",
            // As prose has it: `The secret key is: x`.
            "secretaccesskeyis",
            "secretkey",
            "secretkeyis",
        ],
    ),
    (
        Kind::SessionToken,
        SessionToken,
        &[
            "awssecuritytoken",
            "awssessiontoken",
            "fss3asessiontoken",
            "securitytoken",
            "sessiontoken",
            "sessiontokenis",
            "xamzsecuritytoken",
        ],
    ),
    (Kind::SessionToken, StsToken, &["accesstoken", "token"]),
];

/// Keys that promise this only as they are spelled: S3 writes `"Owner": {"ID": "79a5…"}`, others give ids under `Id` that are no
/// account's.
pub static SPELLED: &[(&str, Kind, Form)] = &[("ID", Kind::Account, CanonicalUser)];

/// Keys of [`Form::Cased`] that are everybody's also in two words: `service_name="s3"`, `user_name: "alice"`.
pub static EVERYBODYS: &[&str] = &["groupname", "servicename", "username"];

/// Keys of [`Form::Telling`] that leave no doubt as the header of a column: code has no variables there.
pub static COLUMNS: &[&str] = &["cachecluster", "dbcluster", "dbinstance", "dbsnapshot", "replicationgroup"];

/// What a key that ends so promises: there are too many such keys to list.
pub static KEY_ENDS: &[(&str, Kind, Form)] = &[
    ("accountid", Kind::Account, Account),
    ("ownerid", Kind::Account, Account),
    ("clientid", Kind::Cognito, Id),
    ("s3bucket", Kind::S3Bucket, Name),
    ("bucket", Kind::S3Bucket, Telling),
    ("secret", Kind::SecretKey, Secret),
    ("secretaccesskey", Kind::SecretKey, Secret),
    ("secretkey", Kind::SecretKey, Secret),
    ("securitytoken", Kind::SessionToken, SessionToken),
    ("sessiontoken", Kind::SessionToken, SessionToken),
];

/// The same of ends that are words of their own: `monitoring_role_name`, `PayrunQueueName`, but not `executable_name`.
pub static KEY_WORDS: &[(&str, Kind, Form)] = &[
    ("bucketname", Kind::S3Bucket, Name),
    ("clustername", Kind::Ecs, Cased),
    ("eventbusname", Kind::Resource, Name),
    ("loggroupname", Kind::LogGroup, Name),
    ("parametergroupname", Kind::Rds, Name),
    ("queue", Kind::Sqs, Telling),
    ("queuename", Kind::Sqs, Cased),
    ("rolename", Kind::IamRole, Cased),
    ("secretid", Kind::Secret, Name),
    ("secretname", Kind::Secret, Cased),
    ("stream", Kind::Kinesis, Likely),
    ("subnetgroupname", Kind::Rds, Name),
    ("table", Kind::Dynamodb, Telling),
    ("tablename", Kind::Dynamodb, Cased),
    ("topic", Kind::Sns, Telling),
    ("topicname", Kind::Sns, Cased),
];

/// Keys of secrets that are looked for in front of a word that may be one, in lower case and without separators.
pub static ANNOUNCING: &[&str] = &["secretaccesskey", "secretkey"];

/// Words between the key of a credential and its value: `The secret access key is x`, `os.environ.get("AWS_SECRET_KEY") or "x"`.
pub static LINKING: &[&str] = &["is", "or", "to"];

/// What session tokens begin with: base64 of a short header and `origin_ec`, `er/aws` or `aws`. Source: the responses that the
/// STS API reference and the AWS CLI command reference show.
static TOKEN_BEGINNINGS: &[&str] = &["AQoDYXdz", "FQoGZXIvYXdz", "FwoGZXIvYXdz", "IQoJb3JpZ2luX2Vj"];

/// Whether a value begins as session tokens do, whatever its key.
pub fn begins_session_token(value: &[u8]) -> bool {
    TOKEN_BEGINNINGS.iter().any(|beginning| value.starts_with(beginning.as_bytes()))
}

/// What `name` and `id` say depends on the thing they stand in: the Terraform resource or data source, the CloudFormation
/// type, or the list that an AWS API answers with; of eksctl the kind of its file and its lists.
pub static THINGS: &[(Kind, &[&str])] = &[
    (
        Kind::S3Bucket,
        &[
            "aws_s3_bucket",
            "AWS::S3::Bucket",
            "Buckets",
            "ListBucketResult",
            "ListBucketVersionsResult",
            "ListVersionsResult",
        ],
    ),
    (
        Kind::Rds,
        &[
            "aws_db_instance",
            "aws_rds_cluster",
            "aws_db_subnet_group",
            "aws_db_parameter_group",
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBCluster",
        ],
    ),
    (Kind::Sqs, &["aws_sqs_queue", "AWS::SQS::Queue"]),
    (Kind::Sns, &["aws_sns_topic", "AWS::SNS::Topic"]),
    (Kind::Dynamodb, &["aws_dynamodb_table", "AWS::DynamoDB::Table"]),
    (
        Kind::Kinesis,
        &[
            "aws_kinesis_stream",
            "aws_kinesis_firehose_delivery_stream",
            "AWS::Kinesis::Stream",
            "AWS::KinesisFirehose::DeliveryStream",
        ],
    ),
    (
        Kind::Ecs,
        &["aws_ecs_cluster", "aws_ecs_service", "aws_ecs_task_definition", "AWS::ECS::Cluster", "AWS::ECS::Service"],
    ),
    (
        Kind::Eks,
        &[
            "aws_eks_cluster",
            "aws_eks_node_group",
            "AWS::EKS::Cluster",
            "AWS::EKS::Nodegroup",
            "ClusterConfig",
            "managedNodeGroups",
            "nodeGroups",
        ],
    ),
    (Kind::IamRole, &["aws_iam_role", "aws_iam_instance_profile", "AWS::IAM::Role", "AWS::IAM::InstanceProfile"]),
    (Kind::IamUser, &["aws_iam_user", "AWS::IAM::User"]),
    (Kind::IamGroup, &["aws_iam_group", "AWS::IAM::Group"]),
    (Kind::IamPolicy, &["aws_iam_policy", "aws_iam_role_policy", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"]),
    // That of external-secrets refers to one. Source: its documentation, "ExternalSecret".
    (Kind::Secret, &["aws_secretsmanager_secret", "AWS::SecretsManager::Secret", "SecretList", "remoteRef"]),
    (Kind::Parameter, &["aws_ssm_parameter", "AWS::SSM::Parameter"]),
    (Kind::LogGroup, &["aws_cloudwatch_log_group", "AWS::Logs::LogGroup"]),
    (Kind::Ecr, &["aws_ecr_repository", "AWS::ECR::Repository"]),
    (
        Kind::Elb,
        &[
            "aws_lb",
            "aws_alb",
            "aws_elb",
            "aws_lb_target_group",
            "aws_alb_target_group",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
        ],
    ),
    (Kind::AutoScaling, &["aws_autoscaling_group", "aws_launch_configuration", "AWS::AutoScaling::AutoScalingGroup"]),
    (Kind::LaunchTemplate, &["aws_launch_template", "AWS::EC2::LaunchTemplate"]),
    (Kind::SecurityGroup, &["aws_security_group", "AWS::EC2::SecurityGroup"]),
    (Kind::Lambda, &["aws_lambda_function", "AWS::Lambda::Function"]),
    (
        Kind::Elasticache,
        &[
            "aws_elasticache_cluster",
            "aws_elasticache_replication_group",
            "aws_elasticache_subnet_group",
            "aws_memorydb_cluster",
            "AWS::MemoryDB::Cluster",
        ],
    ),
    (
        Kind::Domain,
        &[
            "aws_route53_record",
            "aws_route53_zone",
            "AWS::Route53::RecordSet",
            "AWS::Route53::HostedZone",
            "HostedZones",
            "HostedZone",
        ],
    ),
    (
        Kind::Cognito,
        &["aws_cognito_user_pool", "aws_cognito_identity_pool", "AWS::Cognito::UserPool", "UserPool", "UserPools"],
    ),
    (Kind::ApiGateway, &["aws_api_gateway_rest_api", "aws_apigatewayv2_api", "AWS::ApiGateway::RestApi"]),
    (Kind::Kms, &["aws_kms_alias"]),
    (Kind::Batch, &["aws_batch_job_definition", "aws_batch_job_queue"]),
    (Kind::Resource, &["aws_backup_vault", "aws_codebuild_project", "WebACLs"]),
    (Kind::StepFunctions, &["aws_sfn_state_machine"]),
    (Kind::Glue, &["aws_glue_job", "aws_glue_crawler", "aws_glue_catalog_database", "AWS::Glue::Job"]),
    (Kind::Athena, &["aws_athena_workgroup", "AWS::Athena::WorkGroup"]),
    (Kind::Cloudformation, &["aws_cloudformation_stack"]),
    (Kind::Codecommit, &["aws_codecommit_repository"]),
    (Kind::KeyPair, &["aws_key_pair", "AWS::EC2::KeyPair"]),
    (Kind::Redshift, &["aws_redshift_cluster"]),
    (Kind::Elasticsearch, &["aws_elasticsearch_domain", "aws_opensearch_domain", "AWS::OpenSearchService::Domain"]),
];

/// The same, where only as the key of a JSON object is the word about a thing of AWS: EKS and SSM answer so.
pub static OBJECTS: &[(Kind, &[&str])] = &[
    (Kind::AutoScaling, &["autoScalingGroups"]),
    (Kind::Eks, &["cluster", "nodegroup"]),
    (Kind::Glue, &["Crawler", "Crawlers"]),
    (Kind::LaunchTemplate, &["launchTemplate"]),
    (Kind::Parameter, &["Parameter", "Parameters"]),
    (Kind::S3Bucket, &["bucket"]),
    (Kind::Sns, &["Topic"]),
];

/// Keys under whose object every name is one of AWS, as CloudTrail records what was asked.
pub static REQUESTS: &[&str] = &["requestParameters"];

/// Keys of pairs: what stands under the first one says what the value under the second is (CloudWatch's dimensions, tags,
/// CloudFormation's parameters, the environment of a container).
pub static PAIRS: &[(&str, &str)] = &[
    ("Key", "Value"),
    ("Name", "Value"),
    ("OutputKey", "OutputValue"),
    ("ParameterKey", "ParameterValue"),
    ("key", "value"),
    ("name", "value"),
];

/// Keys that give a thing its name in its own block and say too little, or something else, anywhere else.
pub static ATTRIBUTES: &[(&str, Kind)] = &[
    ("clusterid", Kind::Elasticache),
    ("clusteridentifier", Kind::Rds),
    ("domainname", Kind::Elasticsearch),
    ("family", Kind::Ecs),
    ("identifier", Kind::Rds),
];

/// The kinds that such things give an `Id` and no name: `{"Roots": [{"Id": "r-ab12"}]}`.
pub static ID_THINGS: &[(Kind, &[&str])] = &[
    (Kind::Organization, &["Organization", "Parents", "Root", "Roots"]),
    (Kind::Cloudfront, &["Distribution", "DistributionList", "DistributionSummary"]),
];

/// Keys of JSON schemas and of the LLM protocols: behind them no thing is being described any more. Sorted.
pub static OTHER_THINGS: &[&str] = &[
    "$ref",
    "allOf",
    "anyOf",
    "content",
    "description",
    "function",
    "inputSchema",
    "input_schema",
    "items",
    "messages",
    "oneOf",
    "parameters",
    "properties",
    "required",
    "role",
    "tools",
];

/// What `--name`, `--names`, `--id`, `--cluster` and their like say in a command, by the CLI's service: `aws eks … --name prod`.
pub static COMMANDS: &[(&str, &str, Kind)] = &[
    ("apigatewayv2", "apiid", Kind::ApiGateway),
    ("apprunner", "servicename", Kind::Resource),
    ("athena", "name", Kind::Athena),
    ("athena", "workgroup", Kind::Athena),
    ("backup", "backupvaultname", Kind::Resource),
    ("batch", "computeenvironment", Kind::Batch),
    ("batch", "jobdefinition", Kind::Batch),
    ("batch", "jobqueue", Kind::Batch),
    ("cloudfront", "id", Kind::Cloudfront),
    ("cloudtrail", "name", Kind::Resource),
    ("cloudtrail", "trailname", Kind::Resource),
    ("codebuild", "name", Kind::Resource),
    ("codebuild", "projectname", Kind::Resource),
    ("codepipeline", "name", Kind::Resource),
    ("codepipeline", "pipelinename", Kind::Resource),
    ("cognito-idp", "poolname", Kind::Cognito),
    ("deploy", "applicationname", Kind::Resource),
    ("deploy", "deploymentgroupname", Kind::Resource),
    ("dynamodb", "tablename", Kind::Dynamodb),
    ("ecs", "cluster", Kind::Ecs),
    ("ecs", "family", Kind::Ecs),
    ("ecs", "service", Kind::Ecs),
    ("eks", "clustername", Kind::Eks),
    ("eks", "name", Kind::Eks),
    ("eksctl", "cluster", Kind::Eks),
    ("eksctl", "name", Kind::Eks),
    ("eksctl", "nodegroup", Kind::Eks),
    ("elasticbeanstalk", "applicationname", Kind::Resource),
    ("elasticbeanstalk", "environmentname", Kind::Resource),
    ("elbv2", "name", Kind::Elb),
    ("events", "eventbusname", Kind::Resource),
    ("events", "name", Kind::Resource),
    ("events", "rule", Kind::Resource),
    ("glue", "jobname", Kind::Glue),
    ("glue", "name", Kind::Glue),
    ("iot", "thingname", Kind::Resource),
    ("kafka", "clustername", Kind::Resource),
    ("kms", "keyid", Kind::Kms),
    ("mq", "brokername", Kind::Resource),
    ("route53", "id", Kind::Route53),
    ("route53", "name", Kind::Domain),
    ("secretsmanager", "name", Kind::Secret),
    ("sns", "name", Kind::Sns),
    ("ssm", "name", Kind::Parameter),
    ("ssm", "path", Kind::Parameter),
    ("stepfunctions", "name", Kind::StepFunctions),
];

/// What stands for the service in the nouns of AWS's cmdlets, `Get-S3Object`. Source: AWS Tools for PowerShell reference.
pub static CMDLETS: &[&str] = &[
    "AS", "ATH", "BAT", "CFN", "CGIP", "CWL", "DDB", "EC", "EC2", "ECR", "ECS", "EKS", "ELB", "ELB2", "GLUE", "IAM",
    "KIN", "KMS", "LM", "R53", "RDS", "RS", "S3", "SEC", "SFN", "SNS", "SQS", "SSM",
];

/// Calls of the SDKs for Python and JavaScript whose `Name` is that of a resource, and the resources of Pulumi.
pub static CALLS: &[(&str, Kind)] = &[
    ("CreateSecretCommand", Kind::Secret),
    ("CreateTopicCommand", Kind::Sns),
    ("DeleteParameterCommand", Kind::Parameter),
    ("DescribeClusterCommand", Kind::Eks),
    ("GetParameterCommand", Kind::Parameter),
    ("GetParameterHistoryCommand", Kind::Parameter),
    ("PutParameterCommand", Kind::Parameter),
    ("cloudwatch.LogGroup", Kind::LogGroup),
    ("create_secret", Kind::Secret),
    ("create_state_machine", Kind::StepFunctions),
    ("create_topic", Kind::Sns),
    ("delete_parameter", Kind::Parameter),
    ("describe_cluster", Kind::Eks),
    ("dynamodb.Table", Kind::Dynamodb),
    ("ecr.Repository", Kind::Ecr),
    ("ecs.Cluster", Kind::Ecs),
    ("ecs.Service", Kind::Ecs),
    ("eks.Cluster", Kind::Eks),
    ("get_crawler", Kind::Glue),
    ("get_parameter", Kind::Parameter),
    ("get_parameter_history", Kind::Parameter),
    ("getParameter", Kind::Parameter),
    ("iam.Group", Kind::IamGroup),
    ("iam.Policy", Kind::IamPolicy),
    ("iam.Role", Kind::IamRole),
    ("iam.User", Kind::IamUser),
    ("kinesis.Stream", Kind::Kinesis),
    ("lambda.Function", Kind::Lambda),
    ("lambda_.Function", Kind::Lambda),
    ("lb.LoadBalancer", Kind::Elb),
    ("lb.TargetGroup", Kind::Elb),
    ("put_parameter", Kind::Parameter),
    ("putParameter", Kind::Parameter),
    ("secretsmanager.Secret", Kind::Secret),
    ("sfn.StateMachine", Kind::StepFunctions),
    ("sns.Topic", Kind::Sns),
    ("sqs.Queue", Kind::Sqs),
    ("ssm.Parameter", Kind::Parameter),
    ("start_crawler", Kind::Glue),
];

/// Segments of hyphenated names that tell the kind of the whole name.
pub static TELLING: &[(&str, Kind)] = &[
    ("alb", Kind::Elb),
    ("asg", Kind::AutoScaling),
    ("aurora", Kind::Rds),
    ("bucket", Kind::S3Bucket),
    ("cache", Kind::Elasticache),
    ("cluster", Kind::Ecs),
    ("database", Kind::Rds),
    ("db", Kind::Rds),
    ("dlq", Kind::Sqs),
    ("dynamodb", Kind::Dynamodb),
    ("ecs", Kind::Ecs),
    ("eks", Kind::Eks),
    ("elasticache", Kind::Elasticache),
    ("elb", Kind::Elb),
    ("kinesis", Kind::Kinesis),
    ("lambda", Kind::Lambda),
    ("mysql", Kind::Rds),
    ("nlb", Kind::Elb),
    ("postgres", Kind::Rds),
    ("queue", Kind::Sqs),
    ("rds", Kind::Rds),
    ("redis", Kind::Elasticache),
    ("redshift", Kind::Redshift),
    ("role", Kind::IamRole),
    ("s3", Kind::S3Bucket),
    ("secret", Kind::Secret),
    ("sns", Kind::Sns),
    ("sqs", Kind::Sqs),
    ("stack", Kind::Cloudformation),
    ("table", Kind::Dynamodb),
    ("topic", Kind::Sns),
];

/// What stands in front of the quote or bracket around a name and tells its kind in the errors of Terraform's provider.
pub static INTRODUCTIONS: &[(&str, Kind)] = &[
    ("API Gateway REST API ", Kind::ApiGateway),
    ("Athena WorkGroup ", Kind::Athena),
    ("Auto Scaling Group ", Kind::AutoScaling),
    ("Batch Compute Environment ", Kind::Batch),
    ("Batch Job Queue ", Kind::Batch),
    ("CloudFormation Stack ", Kind::Cloudformation),
    ("CloudWatch Logs Log Group ", Kind::LogGroup),
    ("CodeCommit Repository ", Kind::Codecommit),
    ("DynamoDB Table ", Kind::Dynamodb),
    ("EC2 Key Pair ", Kind::KeyPair),
    ("ECR Repository ", Kind::Ecr),
    ("ECS Cluster ", Kind::Ecs),
    ("ECS Service ", Kind::Ecs),
    ("EKS Cluster ", Kind::Eks),
    ("EKS Node Group ", Kind::Eks),
    ("ElastiCache Cluster ", Kind::Elasticache),
    ("ElastiCache Replication Group ", Kind::Elasticache),
    ("Glue Crawler ", Kind::Glue),
    ("Glue Job ", Kind::Glue),
    ("IAM Group ", Kind::IamGroup),
    ("IAM Instance Profile ", Kind::IamRole),
    ("IAM Policy ", Kind::IamPolicy),
    ("IAM Role ", Kind::IamRole),
    ("IAM User ", Kind::IamUser),
    ("Kinesis Firehose Delivery Stream ", Kind::Kinesis),
    ("Kinesis Stream ", Kind::Kinesis),
    ("Lambda Function ", Kind::Lambda),
    ("MemoryDB Cluster ", Kind::Elasticache),
    ("OpenSearch Domain ", Kind::Elasticsearch),
    ("RDS Cluster ", Kind::Rds),
    ("RDS DB Instance ", Kind::Rds),
    ("RDS DB Parameter Group ", Kind::Rds),
    ("RDS DB Subnet Group ", Kind::Rds),
    ("Redshift Cluster ", Kind::Redshift),
    ("S3 Bucket ", Kind::S3Bucket),
    ("SNS Topic ", Kind::Sns),
    ("SQS Queue ", Kind::Sqs),
    ("SSM Parameter ", Kind::Parameter),
    ("Secrets Manager Secret ", Kind::Secret),
    ("Step Functions State Machine ", Kind::StepFunctions),
];

/// Segments that say the name is one of a deployment. Sorted.
pub static ENVIRONMENTS: &[&str] = &[
    "dev",
    "nonprod",
    "ppe",
    "prd",
    "preprod",
    "prod",
    "production",
    "qa",
    "sandbox",
    "stage",
    "staging",
    "stg",
    "uat",
];

/// Words for kinds of things and for examples. Somebody may call a thing so (`s3://bucket/key`), and there it is masked, but
/// such a word is not looked for wherever else a text has it. Sorted.
pub static WORDS_OF_KINDS: &[&str] = &[
    "account",
    "admin",
    "alias",
    "api",
    "app",
    "application",
    "backend",
    "backup",
    "bucket",
    "cache",
    "cluster",
    "daily",
    "data",
    "database",
    "demo",
    "domain",
    "endpoint",
    "example",
    "frontend",
    "function",
    "group",
    "home",
    "host",
    "image",
    "index",
    "instance",
    "internal",
    "job",
    "key",
    "log",
    "logs",
    "node",
    "object",
    "other",
    "parameter",
    "path",
    "pipeline",
    "policy",
    "prefix",
    "private",
    "public",
    "queue",
    "region",
    "repo",
    "repository",
    "resource",
    "role",
    "sample",
    "secret",
    "server",
    "service",
    "snapshot",
    "stack",
    "stream",
    "table",
    "task",
    "test",
    "topic",
    "user",
    "value",
    "volume",
];

/// What of a log group's path names a resource, by what is in front of it. Source: the user guides of these services.
pub static LOG_GROUPS: &[(&str, Kind)] = &[
    ("/aws-glue/jobs/", Kind::Glue),
    ("/aws/codebuild/", Kind::Resource),
    ("/aws/ecs/containerinsights/", Kind::Ecs),
    ("/aws/eks/", Kind::Eks),
    ("/aws/kinesisfirehose/", Kind::Kinesis),
    ("/aws/lambda/", Kind::Lambda),
    ("/aws/rds/cluster/", Kind::Rds),
    ("/aws/rds/instance/", Kind::Rds),
    ("/aws/vendedlogs/states/", Kind::StepFunctions),
    ("/ecs/", Kind::Ecs),
];

/// Segments that say what sort of thing is meant, and nothing of whose: `dead-letter-queue`, `in-memory-db`. Sorted. Words of
/// the documentation of SQS, DynamoDB and RDS, and of what is written about queues, databases and rate limits.
pub static FIELD: &[&str] = &[
    "append",
    "async",
    "background",
    "based",
    "class",
    "column",
    "dead",
    "delay",
    "demand",
    "distributed",
    "document",
    "embedded",
    "event",
    "fifo",
    "first",
    "graph",
    "high",
    "in",
    "inbound",
    "job",
    "key",
    "leaky",
    "letter",
    "limit",
    "limiter",
    "limiting",
    "local",
    "low",
    "managed",
    "memory",
    "message",
    "messages",
    "model",
    "multi",
    "native",
    "no",
    "object",
    "of",
    "on",
    "only",
    "open",
    "oriented",
    "outbound",
    "per",
    "priority",
    "rate",
    "read",
    "relational",
    "replica",
    "request",
    "retry",
    "row",
    "self",
    "series",
    "server",
    "serverless",
    "shared",
    "single",
    "source",
    "sql",
    "store",
    "task",
    "tenant",
    "third",
    "time",
    "to",
    "token",
    "value",
    "vector",
    "wide",
    "work",
    "write",
];

/// What people say of the environment they mean: such a word in front of one of [`PLAIN_THINGS`] is English and names nobody's.
pub static PLAIN_ENVIRONMENTS: &[&str] = &["production", "sandbox", "stage", "staging"];

/// What people say of the thing they mean.
pub static PLAIN_THINGS: &[&str] =
    &["bucket", "cache", "cluster", "database", "queue", "role", "secret", "stack", "table", "topic"];

/// What names begin with that AWS gives and everybody has: default parameter groups, the keys of services, the services that
/// an endpoint reaches. A service of a customer's own has an id in it (`com.amazonaws.vpce.….vpce-svc-…`). What a reader is to
/// put his own name for begins with `your`.
pub static PUBLIC_BEGINNINGS: &[&str] =
    &["/aws/service/", "YOUR-", "YOUR_", "alias/aws/", "com.amazonaws.", "default.", "your-", "your_"];

/// What the values of Terraform begin with that are no names: `BUCKET_NAME = var.bucket_name`.
/// Source: Terraform's documentation, "References to Named Values".
pub static REFERENCES: &[&str] =
    &["Deno.env.", "data.", "each.", "import.meta.", "local.", "module.", "process.env.", "var."];

/// Values that such keys have everywhere and that name nothing of a customer: words of programs, engines of databases and their
/// own databases, intervals, keys of a keyboard. Sorted.
pub static COMMON: &[&str] = &[
    "all",
    "anonymous",
    "any",
    "array",
    "arrowdown",
    "arrowleft",
    "arrowright",
    "arrowup",
    "aws",
    "awsbackup",
    "backspace",
    "boolean",
    "control",
    "daily",
    "day",
    "default",
    "delete",
    "disabled",
    "docdb",
    "ecs",
    "enabled",
    "enter",
    "escape",
    "false",
    "guardduty",
    "hour",
    "hourly",
    "integer",
    "json",
    "lambda",
    "main",
    "mariadb",
    "master",
    "memcached",
    "minute",
    "mongodb",
    "month",
    "monthly",
    "mysql",
    "name",
    "neptune",
    "nil",
    "none",
    "null",
    "number",
    "object",
    "oracle",
    "postgres",
    "postgresql",
    "poweruseraccess",
    "primary",
    "quarterly",
    "rds",
    "readonlyaccess",
    "redis",
    "root",
    "securityhub",
    "self",
    "shift",
    "space",
    "sqlite",
    "sqlserver",
    "string",
    "tab",
    "text",
    "true",
    "undefined",
    "unknown",
    "viewonlyaccess",
    "week",
    "weekly",
    "year",
    "yearly",
];

/// The nouns among [`INTRODUCTIONS`], without the space behind them.
pub fn introducing_nouns() -> impl Iterator<Item = (&'static str, Kind)> {
    INTRODUCTIONS.iter().filter_map(|(words, kind)| Some((words.strip_suffix(' ')?, *kind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_have_no_doubles() {
        assert!(TELLING.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for words in [COMMON, ENVIRONMENTS, FIELD, PLAIN_ENVIRONMENTS, PLAIN_THINGS, WORDS_OF_KINDS] {
            assert!(words.windows(2).all(|pair| pair[0] < pair[1]));
        }
        let mut keys: Vec<&str> = KEYS.iter().flat_map(|row| row.2).copied().collect();
        keys.sort_unstable();
        assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "{keys:?}");
        assert!(keys.iter().all(|key| key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())));
    }
}
