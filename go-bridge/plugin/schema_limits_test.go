package plugin

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// visitFields shows every declaration in the config record with its path, elements of lists and of records included.
func visitFields(t *testing.T, visit func(path string, def map[string]any)) {
	t.Helper()
	_, config := configFields(t)
	var fields func(prefix string, record map[string]any)
	fields = func(prefix string, record map[string]any) {
		for name, def := range declarations(record) {
			visit(prefix+name, def)
			elements, isList := def["elements"].(map[string]any)
			switch {
			case !isList:
			case elements["type"] == "record":
				fields(prefix+name+".", elements)
			default:
				visit(prefix+name+"[]", elements)
			}
		}
	}
	fields("", config)
}

// TestEveryFieldSaysWhatItIsFor: a description is there, is one field's alone, and says more than the field's name.
func TestEveryFieldSaysWhatItIsFor(t *testing.T) {
	said := map[string]string{}
	visitFields(t, func(path string, def map[string]any) {
		if strings.HasSuffix(path, "[]") {
			return // the list says it
		}
		description, _ := def["description"].(string)
		if other, twice := said[description]; twice {
			t.Errorf("%s and %s both say %q", path, other, description)
		}
		said[description] = path
		if more := beyondTheName(path, description); len(more) < 3 {
			t.Errorf("%s: %q says only %q beyond the name", path, description, more)
		}
		if !strings.HasSuffix(description, ".") {
			t.Errorf("%s: %q is not a sentence", path, description)
		}
	})
}

// beyondTheName are the words of a description that are neither in the field's name nor in every sentence.
func beyondTheName(path, description string) []string {
	word := regexp.MustCompile(`[a-z0-9]+`)
	known := word.FindAllString(strings.ReplaceAll(path, "_", " "), -1)
	known = append(known, "a", "an", "the", "of", "and", "or", "to", "in", "for", "is", "are", "its", "their", "with", "by")
	return slices.DeleteFunc(word.FindAllString(strings.ToLower(description), -1), func(word string) bool {
		return slices.ContainsFunc(known, func(known string) bool { return strings.TrimSuffix(word, "s") == strings.TrimSuffix(known, "s") })
	})
}

// TestEveryTextAndListEndsSomewhere: a text without choices and a list say how long they may be.
func TestEveryTextAndListEndsSomewhere(t *testing.T) {
	visitFields(t, func(path string, def map[string]any) {
		text := def["type"] == "string" && def["one_of"] == nil
		if (text || def["type"] == "array") && def["len_max"] == nil || text && def["len_min"] == nil {
			t.Errorf("%s has no length: %v", path, def)
		}
	})
}

const someKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// textOf makes a text of some length that fits a field's pattern.
func textOf(path string, length int) string {
	switch path {
	case "custom_patterns.token":
		return strings.Repeat("T", length)
	case "redis_iam_assume_role_arn":
		return "arn:" + strings.Repeat("x", length-len("arn:"))
	case "token_key", "mapping_encryption_keys[]":
		return strings.Repeat(" ", length-len(someKey)) + someKey
	}
	return strings.Repeat("x", length)
}

// extremes are a field's shortest and longest values.
func extremes(path string, def map[string]any) []any {
	ends := func(def map[string]any) (least, most int) {
		shortest, _ := def["len_min"].(float64)
		longest, _ := def["len_max"].(float64)
		return int(shortest), int(longest)
	}
	least, most := ends(def)
	if def["type"] == "string" {
		return []any{textOf(path, least), textOf(path, most)}
	}
	elements := def["elements"].(map[string]any)
	if elements["type"] != "record" {
		items := extremes(path+"[]", elements)
		return []any{slices.Repeat(items[:1], least), slices.Repeat(items[:1], most), items}
	}
	item := map[string]any{}
	for name, def := range declarations(elements) {
		item[name] = extremes(path+"."+name, def)[0]
	}
	values := []any{slices.Repeat([]any{item}, least), slices.Repeat([]any{item}, most)}
	for name, def := range declarations(elements) {
		values = append(values, []any{with(item, name, extremes(path+"."+name, def)[1])})
	}
	return values
}

// TestWhatKongAcceptsAtItsLimitsStarts gives the plugin the shortest and the longest text and list of every field.
func TestWhatKongAcceptsAtItsLimitsStarts(t *testing.T) {
	fields, record := configFields(t)
	checked := 0
	for _, f := range fields {
		if f.def["one_of"] != nil || f.def["type"] != "string" && f.def["type"] != "array" {
			continue
		}
		for _, value := range extremes(f.name, f.def) {
			checked++
			config := with(companions[f.name], f.name, value)
			if f.name == "redis_sentinel_nodes" && len(value.([]any)) == 0 {
				config = map[string]any{f.name: value} // and no master
			}
			if found := recordFaults(t, record, config); len(found) > 0 {
				t.Errorf("%s: Kong refuses its limit: %v", f.name, found)
			}
			if err := starts(t, Buffered, with(config, "use_redis", false)); err != nil {
				t.Errorf("%s: Kong accepts its limit of %d, the plugin does not: %v", f.name, length(value), err)
			}
		}
	}
	if checked < 50 {
		t.Errorf("%d limits", checked)
	}
}

// TestKongAndThePluginRefuseTheSame: what can be told from one value alone is refused when it is written, not when it is
// used; and what the plugin takes Kong does.
func TestKongAndThePluginRefuseTheSame(t *testing.T) {
	_, record := configFields(t)
	pattern := func(name, pattern, token string) []any {
		return []any{map[string]any{"name": name, "pattern": pattern, "token": token}}
	}
	terms := func(term string) []any { return []any{term} }
	long := func(n int) string { return strings.Repeat("x", n) }
	type row struct {
		field string
		value any
		works bool
	}
	rows := []row{
		{"custom_patterns", pattern("n", "x", "T"), true},
		{"custom_patterns", pattern("n", "x", "BUILD_JOB"), true},
		{"custom_patterns", pattern("n", "x", strings.Repeat("T", 32)), true},
		{"custom_patterns", pattern("n", "x", strings.Repeat("T", 33)), false},
		{"custom_patterns", pattern("n", "x", "t"), false},
		{"custom_patterns", pattern("n", "x", "T1"), false},
		{"custom_patterns", pattern("n", "x", "_T"), false},
		{"custom_patterns", pattern("n", "x", "T_"), false},
		{"custom_patterns", pattern("n", "x", "A__B"), false},
		{"custom_patterns", pattern("n", "x", ""), false},
		{"custom_patterns", pattern(" ", "x", "T"), false},
		{"custom_patterns", pattern(" ä ", "x", "T"), true},
		{"custom_patterns", pattern("n", "", "T"), false},
		{"custom_patterns", pattern("n", long(1000), "T"), true},
		{"custom_patterns", pattern("n", long(1001), "T"), false},
		{"custom_patterns", []any{map[string]any{"name": "n", "pattern": "x"}}, false},
		{"custom_patterns", slices.Repeat(pattern("n", "x", "T"), 1001), false},
		{"custom_terms", terms("acme"), true},
		{"custom_terms", terms("acme corp"), true},
		{"custom_terms", terms(" acme"), false},
		{"custom_terms", terms("acme\n"), false},
		{"custom_terms", terms(""), false},
		{"custom_terms", terms(long(1000)), true},
		{"custom_terms", terms(long(1001)), false},
		{"custom_terms", slices.Repeat(terms("x"), 1000), true},
		{"custom_terms", slices.Repeat(terms("x"), 1001), false},
		{"allow_list", terms(" with space "), true},
		{"allow_list", terms(""), false},
		{"allow_list", terms(long(1001)), false},
		{"allow_list", slices.Repeat(terms("x"), 1001), false},
		{"token_key", someKey, true},
		{"token_key", someKey + "\n", true},
		{"token_key", someKey[1:], false},
		{"token_key", "A" + someKey[:43], false}, // 33 bytes
		{"token_key", strings.Replace(someKey, "A", "-", 1), false},
		{"mapping_encryption_keys", terms(someKey), true},
		{"mapping_encryption_keys", terms("short"), false},
		{"mapping_encryption_keys", terms(""), false},
		{"redis_host", "", false},
		{"redis_iam_region", "", false},
		{"redis_iam_cache_name", "", false},
		{"redis_user", "", false},
		{"redis_sentinel_master", "", false},
		{"redis_sentinel_nodes", terms("sentinel:26379"), true},
		{"redis_sentinel_nodes", terms("[::1]:26379"), true},
		{"redis_sentinel_nodes", terms(""), false},
		{"mask_headers", terms("X-Trace"), true},
		{"mask_headers", terms("X%Trace"), true}, // RFC 9110, 5.6.2
		{"mask_headers", terms(""), false},
		{"mask_headers", terms("X Trace"), false},
		{"mask_headers", terms("Upgrade "), false},
		{"mask_headers", terms("a\r\nb"), false},
	}
	for _, header := range framing {
		rows = append(rows, row{"mask_headers", terms(header), false}, row{"mask_headers", terms(strings.ToUpper(header)), false},
			row{"mask_headers", terms("x-" + header), true})
	}
	for _, row := range rows {
		config := with(companions[row.field], row.field, row.value)
		found := recordFaults(t, record, config)
		if kong := len(found) == 0; kong != row.works {
			t.Errorf("%s = %.80q: Kong finds %v", row.field, row.value, found)
		}
		if err := starts(t, Buffered, with(config, "use_redis", false)); (err == nil) != row.works {
			t.Errorf("%s = %.80q: the plugin says %v", row.field, row.value, err)
		}
	}
}

// TestNoLimitRefusesWhatIsInUse: where the plugin leaves a judgement to the store or to AWS, a limit must be wider than
// anything that works there.
func TestNoLimitRefusesWhatIsInUse(t *testing.T) {
	_, record := configFields(t)
	label := strings.Repeat("a", 63)
	name := strings.Join([]string{label, label, label, label[:61]}, ".") // the longest name of a host, 253 bytes
	chain := strings.Repeat("-----BEGIN CERTIFICATE-----\n"+strings.Repeat("A", 1800)+"\n-----END CERTIFICATE-----\n", 400)
	for field, values := range map[string][]any{
		"redis_host":                {"localhost", "10.0.0.1", "::1", "fe80::1%eth0", name, "redis_internal"},
		"redis_cluster_endpoint":    {"clustercfg.c.abc123.euw1.cache.amazonaws.com:6379", name + ":65535", "[::1]:6379"},
		"redis_sentinel_nodes":      {[]any{}, []any{"a", "b:26379", name + ":26379", "[fe80::1%eth0]:5"}},
		"redis_sentinel_master":     {"mymaster", "my master"},
		"redis_password":            {"p", "with space and ümläut", strings.Repeat("x", 512)},
		"redis_auth_token":          {strings.Repeat("x", 16), strings.Repeat("x", 128), strings.Repeat("f", 256)},
		"redis_user":                {"default", "app user", strings.Repeat("u", 120)},
		"redis_password_file":       {"/run/secrets/redis", "secret"},
		"redis_ssl_ca_cert":         {"/etc/ssl/certs/ca-certificates.crt", chain},
		"redis_ssl_client_cert":     {"/c.pem", chain},
		"redis_ssl_server_name":     {name, "*.internal"},
		"redis_iam_cache_name":      {"My-Cache", strings.Repeat("c", 40)},
		"redis_iam_region":          {"us-gov-west-1", "ap-southeast-7", "eusc-de-east-1"},
		"redis_iam_assume_role_arn": {"arn:aws:iam::111122223333:role/r", "arn:aws-cn:iam::111122223333:role/path/r+=,.@-_"},
		"redis_iam_session_name":    {"kong", "a+b=c,d.e@f-g_h"},
		"anthropic_api_key":         {"k", "sk-ant-api03-" + strings.Repeat("x", 95)},
		"custom_terms":              {[]any{}, []any{"Größe", "a b"}},
		"allow_list":                {[]any{}, []any{"/^i-0.*/", "10.0.0.1"}},
		"mask_headers":              {[]any{}, []any{"x-a", "X_B", "b3"}},
		"mapping_encryption_keys":   {[]any{}},
	} {
		for _, value := range append(values, nil) {
			if found := faults(t, declarations(record)[field], value); len(found) > 0 {
				t.Errorf("%s = %.80q: %v", field, value, found)
			}
		}
	}
	if found := recordFaults(t, record, map[string]any{}); len(found) > 0 {
		t.Errorf("an empty configuration: %v", found)
	}
}

// TestReferencesToSecretsPass: Kong resolves them later.
func TestReferencesToSecretsPass(t *testing.T) {
	checked := 0
	visitFields(t, func(path string, def map[string]any) {
		if def["referenceable"] != true {
			return
		}
		checked++
		if found := faults(t, def, "{vault://env/secret}"); len(found) > 0 {
			t.Errorf("%s: %v", path, found)
		}
	})
	if checked < 10 {
		t.Errorf("%d fields take references", checked)
	}
}
