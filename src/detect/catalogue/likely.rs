//! What makes it likely that a word is a name where the text is about AWS: nouns that others have, too, words around names, and
//! the words that are none.

use super::kinds::Kind;
use super::names::INTRODUCTIONS;
use super::prose::{ASIAN_NAMING, ASIAN_NOUNS, AWS_NOUNS, EUROPEAN_NOUNS, NOUNS};

/// What people call resources, among other things.
static LIKELY_NOUNS: &[(&str, Kind)] = &[
    ("acl", Kind::Resource),
    ("budget", Kind::Resource),
    ("certificate", Kind::Acm),
    ("crawler", Kind::Glue),
    ("dashboard", Kind::Resource),
    ("distribution", Kind::Cloudfront),
    ("dlq", Kind::Sqs),
    ("domain", Kind::Elasticsearch),
    ("endpoint", Kind::Sagemaker),
    ("environment", Kind::Resource),
    ("fleet", Kind::Resource),
    ("group", Kind::IamGroup),
    ("job", Kind::Glue),
    ("key", Kind::Kms),
    ("notebook", Kind::Sagemaker),
    ("project", Kind::Resource),
    ("plan", Kind::Resource),
    ("registry", Kind::Ecr),
    ("replica", Kind::Rds),
    ("repo", Kind::Ecr),
    ("repository", Kind::Ecr),
    ("rule", Kind::Resource),
    ("schedule", Kind::Resource),
    ("snapshot", Kind::Snapshot),
    ("stack", Kind::Cloudformation),
    ("trail", Kind::Resource),
    ("user", Kind::IamUser),
    ("workflow", Kind::StepFunctions),
    ("Auto-Scaling-Gruppe", Kind::AutoScaling),
    ("Dienst", Kind::Ecs),
    ("Funktion", Kind::Lambda),
    ("Gruppe", Kind::IamGroup),
    ("Instanz", Kind::Rds),
    ("Regel", Kind::Resource),
    ("Richtlinie", Kind::IamPolicy),
    ("Schlüssel", Kind::Kms),
    ("Thema", Kind::Sns),
    ("Zielgruppe", Kind::Elb),
    ("cluster EMR", Kind::Emr),
    ("coda", Kind::Sqs),
    ("compartiment", Kind::S3Bucket),
    ("funzione", Kind::Lambda),
    ("functie", Kind::Lambda),
    ("gebruiker", Kind::IamUser),
    ("groep", Kind::IamGroup),
    ("gruppo", Kind::IamGroup),
    ("job Glue", Kind::Glue),
    ("macchina a stati", Kind::StepFunctions),
    ("ruolo", Kind::IamRole),
    ("segreto", Kind::Secret),
    ("sleutel", Kind::Kms),
    ("tabel", Kind::Dynamodb),
    ("tabella", Kind::Dynamodb),
    ("utente", Kind::IamUser),
    ("wachtrij", Kind::Sqs),
    ("Aufgabe", Kind::Ecs),
    ("banco", Kind::Rds),
    ("clave", Kind::Kms),
    ("grupo", Kind::IamGroup),
    ("groupe", Kind::IamGroup),
    ("politique", Kind::IamPolicy),
    ("política", Kind::IamPolicy),
    ("regla", Kind::Resource),
    ("repositorio", Kind::Ecr),
    ("repositório", Kind::Ecr),
    ("règle", Kind::Resource),
    ("rol", Kind::IamRole),
    ("secreto", Kind::Secret),
    ("segredo", Kind::Secret),
    ("serviço", Kind::Ecs),
    ("tarea", Kind::Ecs),
    ("tâche", Kind::Ecs),
    ("キーペア", Kind::KeyPair),
    ("グループ", Kind::IamGroup),
    ("ジョブ", Kind::Glue),
    ("ステートマシン", Kind::StepFunctions),
    ("ユーザー", Kind::IamUser),
    ("パイプライン", Kind::Resource),
    ("RDS インスタンス", Kind::Rds),
    ("リポジトリ", Kind::Ecr),
    ("ルール", Kind::Resource),
    ("그룹", Kind::IamGroup),
    ("규칙", Kind::Resource),
    ("사용자", Kind::IamUser),
    ("작업", Kind::Glue),
    ("저장소", Kind::Ecr),
    ("任务", Kind::Glue),
    ("用户", Kind::IamUser),
    ("组", Kind::IamGroup),
    ("表", Kind::Dynamodb),
    ("规则", Kind::Resource),
    ("RDS 实例", Kind::Rds),
    ("流", Kind::Kinesis),
    ("桶", Kind::S3Bucket),
    ("密钥", Kind::Secret),
];

/// All nouns that may stand beside a name where the text is about AWS, with the plurals of English.
pub fn nouns() -> impl Iterator<Item = (String, Kind)> {
    let of_terraform = INTRODUCTIONS.iter().filter_map(|(words, kind)| Some((words.strip_suffix(' ')?, *kind)));
    let tables = [NOUNS, LIKELY_NOUNS, AWS_NOUNS, EUROPEAN_NOUNS, ASIAN_NOUNS];
    of_terraform.chain(tables.into_iter().flatten().copied()).flat_map(|(noun, kind)| {
        let others = if noun.is_ascii() { vec![plural(noun)] } else { named(noun).collect() };
        others.into_iter().chain([noun.to_string()]).map(move |noun| (noun, kind))
    })
}

fn plural(noun: &str) -> String {
    match noun.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{noun}s"),
    }
}

/// A noun with what may be behind it where its name follows.
fn named(noun: &str) -> impl Iterator<Item = String> + '_ {
    ASIAN_NAMING.iter().filter(|naming| !naming.is_empty()).map(move |naming| format!("{noun}{naming}"))
}

/// What a name is of that stands in front of a service: `dwh-main (Redshift)`, `flagd-edge in ECS`. Sorted.
pub static SERVICE_KINDS: &[(&str, Kind)] = &[
    ("Athena", Kind::Athena),
    ("Aurora", Kind::Rds),
    ("Batch", Kind::Batch),
    ("CloudFormation", Kind::Cloudformation),
    ("CodeCommit", Kind::Codecommit),
    ("DynamoDB", Kind::Dynamodb),
    ("ECR", Kind::Ecr),
    ("ECS", Kind::Ecs),
    ("EKS", Kind::Eks),
    ("ElastiCache", Kind::Elasticache),
    ("Firehose", Kind::Kinesis),
    ("Glue", Kind::Glue),
    ("IAM", Kind::IamRole),
    ("Kinesis", Kind::Kinesis),
    ("Lambda", Kind::Lambda),
    ("OpenSearch", Kind::Elasticsearch),
    ("RDS", Kind::Rds),
    ("Redshift", Kind::Redshift),
    ("S3", Kind::S3Bucket),
    ("SNS", Kind::Sns),
    ("SQS", Kind::Sqs),
    ("SageMaker", Kind::Sagemaker),
];

/// Words between a noun and its name in the middle of a sentence, beside [`NAMING`](super::prose::NAMING).
pub static LINKING: &[&str] = &[
    "heißt",
    "heisst",
    "heißen",
    "se llama",
    "llamada",
    "llamado",
    "chama-se",
    "se chama",
    "chamada",
    "chamado",
    "s'appelle",
    "nommé",
    "nommée",
    "si chiama",
    "will be",
];

/// Words in front of a place, a source or an aim. Sorted.
pub static PREPOSITIONS: &[&str] = &[
    "against", "an", "at", "auf", "aus", "behind", "between", "by", "dans", "de", "del", "depuis", "des", "do", "du",
    "em", "en", "for", "from", "in", "into", "like", "nach", "no", "of", "on", "onto", "para", "sur", "through", "to",
    "under", "using", "vers", "via", "von", "with", "zu",
];

/// What stands between the items of a list.
pub static JOINTS: &[&str] = &[
    ", ", " and ", ", and ", " or ", ", or ", " & ", " / ", "/", " und ", " oder ", " et ", " ou ", " y ", " e ", "、",
    "와 ", "과 ", " 및 ", "と", "和", " -> ", " → ",
];

/// What the commands of the CLI begin with, and few names do. Sorted.
pub static VERBS: &[&str] = &[
    "associate",
    "assume",
    "attach",
    "authorize",
    "continue",
    "create",
    "delete",
    "deregister",
    "describe",
    "detach",
    "disassociate",
    "failover",
    "generate",
    "get",
    "list",
    "modify",
    "put",
    "restore",
    "update",
];

/// What is spelled as names of several words are and names nothing of anybody's. Sorted.
pub static PRODUCTS: &[&str] = &[
    "AppConfig",
    "AppSync",
    "AutoScaling",
    "BitBucket",
    "CloudFormation",
    "CloudFront",
    "CloudTrail",
    "CloudWatch",
    "CodeBuild",
    "CodeCommit",
    "CodeDeploy",
    "CodePipeline",
    "ConfigMap",
    "DaemonSet",
    "DataDog",
    "DocumentDB",
    "DynamoDB",
    "ElastiCache",
    "EventBridge",
    "GitHub",
    "GitLab",
    "GraphQL",
    "GuardDuty",
    "JavaScript",
    "LaunchDarkly",
    "MariaDB",
    "MemoryDB",
    "MongoDB",
    "NodeJS",
    "OpenSearch",
    "OpenTelemetry",
    "PagerDuty",
    "PostgreSQL",
    "PowerShell",
    "PrivateLink",
    "PyTorch",
    "QuickSight",
    "RabbitMQ",
    "ReplicaSet",
    "SageMaker",
    "SecretsManager",
    "ServiceNow",
    "StatefulSet",
    "StepFunctions",
    "TensorFlow",
    "TypeScript",
    "WebSocket",
    "WorkSpaces",
];

/// What the names of AWS's own things begin with, and the headers of requests.
pub static BEGINNINGS: &[&str] = &["AWS", "Amazon", "X-", "aws-", "aws_", "awslogs-", "describe-", "x-"];

/// What words of French, Spanish, Italian and Portuguese end with that have a pronoun behind a hyphen.
pub static ENDS: &[&str] = &["-elle", "-il", "-la", "-lo", "-se", "-vous"];

/// What the fields of APIs, and what they give, end with.
pub static FIELDS: &[&str] = &["Access", "Arn", "Error", "Exception", "Id", "Name", "_arn", "_id", "_name", "_type"];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_words_are_sorted() {
        for words in [PREPOSITIONS, VERBS, PRODUCTS, BEGINNINGS, ENDS, FIELDS] {
            assert!(words.windows(2).all(|pair| pair[0] < pair[1]), "{words:?}");
        }
        assert!(SERVICE_KINDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn no_likely_noun_is_there_twice() {
        let others = [NOUNS, AWS_NOUNS, EUROPEAN_NOUNS, ASIAN_NOUNS].into_iter().flatten();
        let mut met: HashSet<String> = others.map(|row| row.0.to_lowercase()).collect();
        assert_eq!(LIKELY_NOUNS.iter().find(|row| !met.insert(row.0.to_lowercase())), None);
    }
}
