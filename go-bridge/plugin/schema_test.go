package plugin

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"aws-masker/go-bridge/engine"
)

// field is a field's declaration in the schema.
type field struct {
	name string
	def  map[string]any
}

// configRecord is the config record as Kong is told it.
func configRecord(t *testing.T, mode Mode) map[string]any {
	t.Helper()
	text, err := mode.schema()
	if err != nil {
		t.Fatal(err)
	}
	var root struct{ Fields []map[string]map[string]any }
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	return root.Fields[1]["config"]
}

// configFields returns the declarations in the config record, in their order.
func configFields(t *testing.T) ([]field, map[string]any) {
	t.Helper()
	config := configRecord(t, Buffered)
	var out []field
	for _, entry := range config["fields"].([]any) {
		if len(entry.(map[string]any)) != 1 {
			t.Fatalf("a field entry has one key, not %v", entry)
		}
		for name, def := range entry.(map[string]any) {
			out = append(out, field{name, def.(map[string]any)})
		}
	}
	return out, config
}

// TestTheSchemaIsThePublishedOne holds the schema against the tables that installations rely on.
func TestTheSchemaIsThePublishedOne(t *testing.T) {
	type published struct {
		kind  string
		value any
	}
	want := map[string]published{
		"mask_ec2_instances":        {"boolean", true},
		"mask_s3_buckets":           {"boolean", true},
		"mask_rds_instances":        {"boolean", true},
		"mask_private_ips":          {"boolean", true},
		"mask_public_ips":           {"boolean", true},
		"mask_account_ids":          {"boolean", true},
		"mask_credentials":          {"boolean", true},
		"mask_iam":                  {"boolean", true},
		"mask_arns":                 {"boolean", true},
		"mask_networks":             {"boolean", true},
		"mask_storage":              {"boolean", true},
		"mask_compute":              {"boolean", true},
		"mask_databases":            {"boolean", true},
		"mask_messaging":            {"boolean", true},
		"mask_endpoints":            {"boolean", true},
		"mask_secrets":              {"boolean", true},
		"mask_analytics":            {"boolean", true},
		"mask_management":           {"boolean", true},
		"name_heuristics":           {"boolean", true},
		"custom_patterns":           {"array", nil},
		"custom_terms":              {"array", nil},
		"allow_list":                {"array", nil},
		"preserve_structure":        {"boolean", true},
		"log_masked_requests":       {"boolean", false},
		"anthropic_api_key":         {"string", nil},
		"use_redis":                 {"boolean", true},
		"mapping_ttl":               {"number", 604800.0},
		"max_entries":               {"number", 10000.0},
		"restore_thinking":          {"boolean", false},
		"max_event_bytes":           {"number", 16777216.0},
		"redis_type":                {"string", "traditional"},
		"redis_host":                {"string", nil},
		"redis_port":                {"integer", nil},
		"redis_password":            {"string", nil},
		"redis_database":            {"integer", nil},
		"redis_ssl_enabled":         {"boolean", false},
		"redis_ssl_verify":          {"boolean", true},
		"redis_auth_token":          {"string", nil},
		"redis_user":                {"string", nil},
		"redis_cluster_mode":        {"boolean", false},
		"redis_cluster_endpoint":    {"string", nil},
		"redis_timeout":             {"integer", 2000.0},
		"connection_timeout":        {"integer", nil},
		"read_timeout":              {"integer", nil},
		"redis_keepalive_timeout":   {"integer", 60000.0},
		"keepalive_timeout":         {"integer", nil},
		"redis_keepalive_pool_size": {"integer", 100.0},
		"keepalive_pool_size":       {"integer", nil},

		// New here.
		"mapping_scope":             {"string", "global"},
		"mapping_encryption_keys":   {"array", []any{}},
		"token_style":               {"string", "sequential"},
		"token_key":                 {"string", nil},
		"credential_policy":         {"string", "mask"},
		"max_body_bytes":            {"integer", 134217728.0},
		"uninspectable_body":        {"string", "refuse"},
		"mask_query":                {"boolean", true},
		"mask_headers":              {"array", []any{}},
		"token_preamble":            {"boolean", false},
		"expose_counts":             {"boolean", false},
		"redis_ssl_ca_cert":         {"string", nil},
		"redis_ssl_server_name":     {"string", nil},
		"redis_ssl_client_cert":     {"string", nil},
		"redis_ssl_client_key":      {"string", nil},
		"redis_password_file":       {"string", nil},
		"redis_iam_auth":            {"boolean", false},
		"redis_iam_cache_name":      {"string", nil},
		"redis_iam_region":          {"string", nil},
		"redis_iam_serverless":      {"boolean", false},
		"redis_iam_assume_role_arn": {"string", nil},
		"redis_iam_session_name":    {"string", nil},
		"redis_sentinel_nodes":      {"array", []any{}},
		"redis_sentinel_master":     {"string", nil},
		"redis_sentinel_user":       {"string", nil},
		"redis_sentinel_password":   {"string", nil},
		"redis_pool_timeout":        {"integer", nil},
		"redis_connection_max_age":  {"integer", 36000.0},
	}
	fields, _ := configFields(t)
	for _, f := range fields {
		expected, known := want[f.name]
		delete(want, f.name)
		if !known || f.def["type"] != expected.kind || !reflect.DeepEqual(f.def["default"], expected.value) {
			t.Errorf("%s is a %v with default %v, want %+v", f.name, f.def["type"], f.def["default"], expected)
		}
	}
	for name := range want {
		t.Errorf("%s is missing", name)
	}
}

// TestKongAcceptsTheSchema applies what Kong's metaschema checks (kong/db/schema/metaschema.lua); Kong does not start
// with a schema that breaks it.
func TestKongAcceptsTheSchema(t *testing.T) {
	for _, mode := range []Mode{Buffered, Streaming} {
		info, err := info(mode)
		if err != nil {
			t.Fatal(err)
		}
		var root map[string]any
		if err := json.Unmarshal(info.Schema, &root); err != nil {
			t.Fatal(err)
		}
		if root["name"] != name {
			t.Errorf("name %v", root["name"])
		}
		for key := range root {
			if key != "name" && key != "fields" && key != "entity_checks" {
				t.Errorf("a plugin schema has no attribute %q", key)
			}
		}
		checkFields(t, "", root["fields"])
		if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(info.Version) {
			t.Errorf("version %q is not x.y.z", info.Version)
		}
	}
}

var attributes = map[string][]string{ // by the types that may have them; nil is every type
	"type": nil, "required": nil, "default": nil, "description": nil, "eq": nil, "ne": nil,
	"encrypted": nil, "referenceable": nil,
	"len_min": {"string", "array", "set"}, "len_max": {"string", "array", "set"},
	"fields": {"record"}, "entity_checks": {"record"},
	"elements":   {"array", "set"},
	"between":    {"integer", "number"},
	"one_of":     {"string", "integer", "number"},
	"match":      {"string"},
	"match_none": {"string"},
}

func checkFields(t *testing.T, path string, fields any) {
	t.Helper()
	for _, entry := range fields.([]any) {
		for name, def := range entry.(map[string]any) {
			checkField(t, path+name, def.(map[string]any))
		}
	}
}

func checkField(t *testing.T, path string, def map[string]any) {
	t.Helper()
	kind, _ := def["type"].(string)
	if !slices.Contains([]string{"string", "boolean", "integer", "number", "record", "array", "set", "map"}, kind) {
		t.Errorf("%s has type %q", path, kind)
	}
	for attribute := range def {
		types, known := attributes[attribute]
		if !known || types != nil && !slices.Contains(types, kind) {
			t.Errorf("%s: a field of type %s cannot have attribute %q", path, kind, attribute)
		}
	}
	if description, present := def["description"].(string); present && (len(description) < 10 || len(description) > 500) {
		t.Errorf("%s: a description has 10 to 500 characters, this one %d", path, len(description))
	}
	if value, present := def["default"]; present {
		for _, fault := range faults(t, def, value) {
			t.Errorf("%s: the default %v: %s", path, value, fault)
		}
	}
	checkLimits(t, path, def)
	switch kind {
	case "record":
		checkFields(t, path+".", def["fields"])
		for _, check := range entityChecks(def) {
			checkEntityCheck(t, path, check, def)
		}
	case "set", "array":
		checkField(t, path+"[]", def["elements"].(map[string]any))
	}
}

// checkLimits holds a field's limits to each other and to what Kong can apply.
func checkLimits(t *testing.T, path string, def map[string]any) {
	t.Helper()
	if ends, ok := def["between"].([]any); ok && (len(ends) != 2 || ends[0].(float64) > ends[1].(float64)) {
		t.Errorf("%s: between %v", path, ends)
	}
	least, isLeast := def["len_min"].(float64)
	if most, isMost := def["len_max"].(float64); isLeast && isMost && least > most {
		t.Errorf("%s: at least %v and at most %v", path, least, most)
	}
	if pattern, ok := def["match"].(string); ok {
		matches(t, "", pattern) // fails where Lua cannot read it
	}
	none, _ := def["match_none"].([]any)
	for _, entry := range none {
		excluded := entry.(map[string]any)
		matches(t, "", excluded["pattern"].(string))
		if why, _ := excluded["err"].(string); why == "" || len(excluded) != 2 {
			t.Errorf("%s: %v does not say why", path, excluded)
		}
	}
}

func entityChecks(def map[string]any) []map[string]any {
	list, _ := def["entity_checks"].([]any)
	out := make([]map[string]any, len(list))
	for i, check := range list {
		out[i] = check.(map[string]any)
	}
	return out
}

func checkEntityCheck(t *testing.T, path string, check, record map[string]any) {
	t.Helper()
	known := func(field any) {
		here := func(entry any) bool { return entry.(map[string]any)[field.(string)] != nil }
		if !slices.ContainsFunc(record["fields"].([]any), here) {
			t.Errorf("%s: entity check on unknown field %v", path, field)
		}
	}
	if together, ok := check["mutually_required"].([]any); ok && len(check) == 1 {
		for _, field := range together {
			known(field)
		}
		return
	}
	conditional, ok := check["conditional"].(map[string]any)
	if !ok || len(check) != 1 {
		t.Fatalf("%s: unknown entity check %v", path, check)
	}
	known(conditional["if_field"])
	known(conditional["then_field"])
	for _, key := range []string{"if_match", "then_match"} {
		for attribute := range conditional[key].(map[string]any) {
			if attribute != "required" && attribute != "eq" && attribute != "ne" {
				t.Errorf("%s: unknown condition %q", path, attribute)
			}
		}
	}
}

func TestSecretsAreDeclaredAsSuch(t *testing.T) {
	secrets := []string{
		"anthropic_api_key", "redis_password", "redis_auth_token", "redis_ssl_client_key", "redis_sentinel_password",
		"mapping_encryption_keys", "token_key",
	}
	fields, _ := configFields(t)
	for _, f := range fields {
		value := f.def
		if elements, ok := f.def["elements"].(map[string]any); ok {
			value = elements
		}
		secret := slices.Contains(secrets, f.name)
		if encrypted := value["encrypted"] == true; encrypted != secret || secret && value["referenceable"] != true {
			t.Errorf("%s: encrypted %v, referenceable %v", f.name, value["encrypted"], value["referenceable"])
		}
		if secret && value["match"] != nil { // Kong quotes the value that does not match; match_none has a sentence of its own
			t.Errorf("%s: a refusal would show the secret", f.name)
		}
	}
}

// companions are the other fields that a value or a field needs.
var companions = map[any]map[string]any{
	"keyed":                     {"token_key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
	"token_key":                 {"token_style": "keyed"},
	"redis_user":                {"redis_auth_token": "x"},
	"redis_ssl_ca_cert":         {"redis_ssl_enabled": true},
	"redis_ssl_server_name":     {"redis_ssl_enabled": true},
	"redis_ssl_client_cert":     {"redis_ssl_enabled": true, "redis_ssl_client_key": "x"},
	"redis_ssl_client_key":      {"redis_ssl_enabled": true, "redis_ssl_client_cert": "x"},
	"redis_iam_cache_name":      iamLogin,
	"redis_iam_region":          iamLogin,
	"redis_iam_assume_role_arn": iamLogin,
	"redis_iam_session_name":    with(iamLogin, "redis_iam_assume_role_arn", "arn:aws:iam::111122223333:role/r"),
	"redis_cluster_endpoint":    {"redis_cluster_mode": true},
	"redis_sentinel_nodes":      {"redis_sentinel_master": "m"},
	"redis_sentinel_master":     {"redis_sentinel_nodes": []any{"s"}},
	"redis_sentinel_user":       {"redis_sentinel_nodes": []any{"s"}, "redis_sentinel_master": "m", "redis_sentinel_password": "x"},
	"redis_sentinel_password":   {"redis_sentinel_nodes": []any{"s"}, "redis_sentinel_master": "m"},
}

var iamLogin = map[string]any{
	"redis_type": "managed", "redis_ssl_enabled": true, "redis_user": "u", "redis_iam_auth": true,
	"redis_iam_cache_name": "c", "redis_iam_region": "eu-west-1",
}

// with is a configuration with one more field.
func with(config map[string]any, field string, value any) map[string]any {
	out := map[string]any{}
	maps.Copy(out, config)
	out[field] = value
	return out
}

// starts tells why an instance would not start with a configuration that Kong has accepted.
func starts(t *testing.T, mode Mode, config map[string]any) error {
	t.Helper()
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := start(t, io.Discard, mode).start(text)
	if err == nil {
		instance.Close()
	}
	return err
}

// TestSchemaAndEngineAgree asks the plugin about every default, every value of every choice and both ends of every
// range: what Kong accepts must start, and what is out of range must not.
func TestSchemaAndEngineAgree(t *testing.T) {
	starts := func(config map[string]any) error { return starts(t, Buffered, with(config, "use_redis", false)) }
	fields, _ := configFields(t)
	defaults := map[string]any{}
	for _, f := range fields {
		if value, present := f.def["default"]; present {
			defaults[f.name] = value
		}
		accepted := []any{}
		if choices, ok := f.def["one_of"].([]any); ok {
			accepted = append(accepted, choices...)
		}
		if between, ok := f.def["between"].([]any); ok {
			accepted = append(accepted, between...)
		}
		for _, value := range accepted {
			config := map[string]any{f.name: value}
			maps.Copy(config, companions[value])
			if err := starts(config); err != nil {
				t.Errorf("Kong accepts %s = %v, the engine does not: %v", f.name, value, err)
			}
		}
		wrong := any("no such thing")
		if f.def["type"] == "string" {
			wrong = 7
		}
		if err := starts(map[string]any{f.name: wrong}); err == nil && f.name != "use_redis" {
			t.Errorf("%s = %v starts", f.name, wrong)
		}
		if f.def["type"] == "array" { // Lua has one spelling for an empty list and an empty table
			if err := starts(map[string]any{f.name: map[string]any{}}); err != nil {
				t.Errorf("%s = {}: %v", f.name, err)
			}
		}
	}
	if err := starts(defaults); err != nil {
		t.Errorf("the defaults do not start: %v", err)
	}
}

// TestTheEntityChecksAreTheEngines breaks every entity check in turn: the engine must refuse what Kong refuses.
func TestTheEntityChecksAreTheEngines(t *testing.T) {
	_, record := configFields(t)
	values := map[string]any{ // of every field that a check is about, one that it accepts
		"redis_cluster_mode": true, "redis_cluster_endpoint": "x", "redis_user": "x", "redis_iam_auth": true,
		"redis_ssl_enabled": true, "redis_type": "managed", "redis_iam_cache_name": "x", "redis_iam_region": "x",
		"redis_iam_assume_role_arn": "arn:aws:iam::111122223333:role/r", "redis_iam_serverless": true,
		"redis_iam_session_name": "xx",
		"redis_ssl_ca_cert":      "x", "redis_ssl_server_name": "x", "redis_ssl_client_cert": "x",
		"redis_ssl_client_key": "x", "redis_sentinel_user": "x", "redis_sentinel_password": "x",
		"redis_sentinel_master": "x", "token_style": "keyed", "token_key": companions["keyed"]["token_key"],
	}
	refused := func(why string, config map[string]any) {
		t.Helper()
		if !slices.Contains(brokenChecks(t, record, config), "breaks "+why) {
			t.Errorf("%v should break %s", config, why)
		}
		text, err := json.Marshal(config)
		if err != nil {
			t.Fatal(err)
		}
		if m, err := engine.New(text); err == nil {
			m.Close()
			t.Errorf("the engine accepts %s, which breaks %s", text, why)
		}
	}
	for _, check := range entityChecks(record) {
		why := fmt.Sprint(check)
		if together, ok := check["mutually_required"].([]any); ok {
			for _, field := range together {
				refused(why, map[string]any{"redis_ssl_enabled": true, field.(string): values[field.(string)]})
			}
			continue
		}
		c := check["conditional"].(map[string]any)
		broken := map[string]any{c["if_field"].(string): values[c["if_field"].(string)]}
		switch then, match := c["then_field"].(string), c["then_match"].(map[string]any); match["eq"] {
		case false:
			broken[then] = true
		case "traditional":
			broken[then] = "managed"
			broken["redis_sentinel_nodes"] = []string{"x"}
		}
		refused(why, broken)
	}
}

func TestTheDumpIsWhatKongReads(t *testing.T) {
	text, err := Dump("/run/kong/aws-masker.socket", Buffered)
	if err != nil {
		t.Fatal(err)
	}
	var dump struct {
		Protocol, SocketPath string
		Plugins              []struct {
			Name, Version string
			Priority      int
			Phases        []string
			Schema        map[string]any
		}
	}
	if err := json.Unmarshal(text, &dump); err != nil {
		t.Fatal(err)
	}
	if dump.Protocol != "ProtoBuf:1" || dump.SocketPath != "/run/kong/aws-masker.socket" || len(dump.Plugins) != 1 {
		t.Fatalf("dump %+v", dump)
	}
	p := dump.Plugins[0]
	if p.Name != "aws-masker" || p.Priority != 700 || p.Version != engine.Version() || p.Schema["name"] != p.Name ||
		!slices.Equal(p.Phases, []string{"access", "response"}) {
		t.Errorf("plugin %+v", p)
	}
}
