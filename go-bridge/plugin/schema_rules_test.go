package plugin

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// What Kong finds wrong with a value, by the rules of kong/db/schema/init.lua (3.9). Values are those of JSON.

// faults is what Kong finds wrong with a field's value; nothing if it accepts it.
func faults(t *testing.T, def map[string]any, value any) []string {
	t.Helper()
	if value == nil {
		return nullFaults(def)
	}
	kind, _ := def["type"].(string)
	if !isOfKind(value, kind) {
		return []string{fmt.Sprintf("expected a %s", kind)}
	}
	switch kind {
	case "string":
		if def["referenceable"] == true && isReference(value.(string)) {
			return nil
		}
		if def["len_min"] == nil { // Kong's own rule: a string is not empty unless the schema says that it may be
			def = maps.Clone(def)
			def["len_min"] = 1.0
		}
	case "array", "set":
		for i, item := range value.([]any) {
			if found := faults(t, required(def["elements"].(map[string]any)), item); len(found) > 0 {
				return []string{fmt.Sprintf("[%d]: %s", i+1, strings.Join(found, ", "))}
			}
		}
	case "record":
		return recordFaults(t, def, value.(map[string]any))
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		if limit, limited := def[name]; limited && !rules[name](t, value, limit) {
			found = append(found, fmt.Sprintf("%s %v", name, limit))
		}
	}
	return found
}

func nullFaults(def map[string]any) []string {
	if ne, has := def["ne"]; has && ne == nil {
		return []string{"ne null"}
	}
	if eq := def["eq"]; eq != nil {
		return []string{fmt.Sprintf("eq %v", eq)}
	}
	if def["required"] == true {
		return []string{"required"}
	}
	return nil
}

// required is an element's declaration: Kong allows no null in a list.
func required(def map[string]any) map[string]any {
	def = maps.Clone(def)
	def["required"] = true
	return def
}

// isReference is what Kong takes for a reference to a secret. It is not validated, nor is what it resolves to.
func isReference(text string) bool {
	return strings.HasPrefix(text, "{vault://") && strings.HasSuffix(text, "}")
}

func isOfKind(value any, kind string) bool {
	switch v := value.(type) {
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer" && v == math.Trunc(v)
	case string:
		return kind == "string"
	case []any:
		return kind == "array" || kind == "set"
	case map[string]any:
		return kind == "record"
	}
	return false
}

// rules are Kong's validators that the schema uses: whether they accept a value of the right type.
var rules = map[string]func(t *testing.T, value, limit any) bool{
	"eq":      func(_ *testing.T, value, limit any) bool { return reflect.DeepEqual(value, limit) },
	"ne":      func(_ *testing.T, value, limit any) bool { return !reflect.DeepEqual(value, limit) },
	"one_of":  func(_ *testing.T, value, limit any) bool { return slices.Contains(limit.([]any), value) },
	"len_min": func(_ *testing.T, value, limit any) bool { return float64(length(value)) >= limit.(float64) },
	"len_max": func(_ *testing.T, value, limit any) bool { return float64(length(value)) <= limit.(float64) },
	"between": func(_ *testing.T, value, limit any) bool {
		ends := limit.([]any)
		return value.(float64) >= ends[0].(float64) && value.(float64) <= ends[1].(float64)
	},
	"match": func(t *testing.T, value, limit any) bool { return matches(t, value.(string), limit.(string)) },
	"match_none": func(t *testing.T, value, limit any) bool {
		return !slices.ContainsFunc(limit.([]any), func(entry any) bool {
			return matches(t, value.(string), entry.(map[string]any)["pattern"].(string))
		})
	},
}

func length(value any) int {
	if text, ok := value.(string); ok {
		return len(text)
	}
	return len(value.([]any))
}

// matches asks Lua itself: its patterns are no regular expressions.
func matches(t *testing.T, text, pattern string) bool {
	t.Helper()
	question := [2]string{text, pattern}
	if known, asked := answers[question]; asked {
		return known
	}
	const no = 3
	lua := exec.Command("luajit", "-", text, pattern)
	lua.Stdin = strings.NewReader(fmt.Sprintf("os.exit(arg[1]:match(arg[2]) and 0 or %d)", no))
	output, err := lua.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != no) {
		t.Fatalf("luajit on the pattern %q: %v\n%s", pattern, err, output)
	}
	answers[question] = err == nil
	return err == nil
}

// answers are Lua's: each costs a process.
var answers = map[[2]string]bool{}

// recordFaults is what Kong finds wrong with a record, such as a config block.
func recordFaults(t *testing.T, record, values map[string]any) []string {
	t.Helper()
	fields := declarations(record)
	var found []string
	for name := range values {
		if fields[name] == nil {
			found = append(found, name+": unknown field")
		}
	}
	complete := withDefaults(record, values)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		for _, fault := range faults(t, fields[name], complete[name]) {
			found = append(found, name+": "+fault)
		}
	}
	return append(found, brokenChecks(t, record, values)...)
}

// brokenChecks are the record's entity checks that its values do not pass.
func brokenChecks(t *testing.T, record, values map[string]any) []string {
	t.Helper()
	fields, complete := declarations(record), withDefaults(record, values)
	passes := func(field, condition any) bool {
		def := maps.Clone(fields[field.(string)])
		maps.Copy(def, condition.(map[string]any))
		return len(faults(t, def, complete[field.(string)])) == 0
	}
	var found []string
	for _, check := range entityChecks(record) {
		broken := false
		if together, ok := check["mutually_required"].([]any); ok {
			set := 0
			for _, field := range together {
				if complete[field.(string)] != nil {
					set++
				}
			}
			broken = set != 0 && set != len(together)
		}
		if c, ok := check["conditional"].(map[string]any); ok {
			broken = passes(c["if_field"], c["if_match"]) && !passes(c["then_field"], c["then_match"])
		}
		if broken {
			found = append(found, fmt.Sprintf("breaks %v", check))
		}
	}
	return found
}

// withDefaults is what Kong validates: it fills in defaults first.
func withDefaults(record, values map[string]any) map[string]any {
	complete := maps.Clone(values)
	for name, def := range declarations(record) {
		if _, given := complete[name]; !given {
			complete[name] = def["default"]
		}
	}
	return complete
}

// declarations are a record's fields by name.
func declarations(record map[string]any) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, entry := range record["fields"].([]any) {
		for name, def := range entry.(map[string]any) {
			out[name] = def.(map[string]any)
		}
	}
	return out
}
