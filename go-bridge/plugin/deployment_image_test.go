package plugin

import (
	"go/version"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// repository is the root, where the image is built.
const repository = "../.."

// stage is one FROM of a Dockerfile with what stands behind it.
type stage struct {
	image        string
	instructions []string
}

// stages reads the image's Dockerfile.
func stages(t *testing.T) (all map[string]stage, last stage) {
	t.Helper()
	text := contents(t, deployment+"/docker/Dockerfile")
	all = map[string]stage{}
	name := ""
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line = strings.TrimSpace(line)
		from := regexp.MustCompile(`^FROM (\S+)(?: AS (\S+))?$`).FindStringSubmatch(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case from != nil:
			name, last = from[2], stage{image: from[1]}
		default:
			last.instructions = append(last.instructions, line)
		}
		all[name] = last
	}
	return all, last
}

func contents(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// found is what a pattern's group has in a text.
func found(t *testing.T, text, pattern string) string {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("nothing fits %s", pattern)
	}
	return match[1]
}

// copies are what a stage copies from another one, or with the empty name from the repository: by where it goes.
func (s stage) copies(from string) map[string]string {
	out := map[string]string{}
	for _, instruction := range s.instructions {
		words := strings.Fields(instruction)
		if words[0] != "COPY" {
			continue
		}
		origin := ""
		if flag, isFlag := strings.CutPrefix(words[1], "--from="); isFlag {
			origin, words = flag, words[1:]
		}
		if origin == from && len(words) == 3 {
			out[words[2]] = words[1]
		}
	}
	return out
}

// TestTheImageHasWhatTheDeploymentsStart: the plugin server stands where Kong's commands look for it.
func TestTheImageHasWhatTheDeploymentsStart(t *testing.T) {
	all, last := stages(t)
	built := found(t, strings.Join(all["bridge"].instructions, "\n"), `go build .*-o (\S+) \./cmd/aws-masker`)
	var installed string
	for to, what := range last.copies("bridge") {
		if what == built {
			installed = to
		}
	}
	if installed == "" {
		t.Fatalf("the image has no %s", built)
	}
	for file, settings := range deployments(t) {
		for _, key := range []string{"pluginserver_aws_masker_start_cmd", "pluginserver_aws_masker_query_cmd"} {
			if program, _, _ := strings.Cut(settings[key], " "); program != installed {
				t.Errorf("%s: %s starts %q, the image has %q", file, key, program, installed)
			}
		}
	}
}

// TestTheImageHasTheCompanion: its Lua files on Kong's path, and the library under the name that they load.
func TestTheImageHasTheCompanion(t *testing.T) {
	_, last := stages(t)
	from := last.copies("")["/usr/local/share/lua/5.1/kong/plugins/"+companion]
	if _, err := os.Stat(path.Join(repository, from, "handler.lua")); from == "" || err != nil {
		t.Errorf("the image has no companion: %q, %v", from, err)
	}
	abi := found(t, contents(t, repository+"/include/aws_masker.h"), `(?m)^#define AWS_MASKER_ABI_VERSION (\d+)$`)
	library := "/usr/local/lib/libaws_masker.so." + abi
	if what := last.copies("engine")[library]; path.Base(what) != "libaws_masker.so" {
		t.Errorf("the image has no %s: %v", library, last.copies("engine"))
	}
}

// TestTheImageIsNotRoots: Kong's last user is not root.
func TestTheImageIsNotRoots(t *testing.T) {
	_, last := stages(t)
	user := ""
	for _, instruction := range last.instructions {
		if name, isUser := strings.CutPrefix(instruction, "USER "); isUser {
			user, _, _ = strings.Cut(name, ":")
		}
	}
	if user == "" || user == "root" || user == "0" {
		t.Errorf("the image runs as %q", user)
	}
}

// TestTheImageIsBuiltWithCompilersThatAreNewEnough, and from a Kong that is.
func TestTheImageIsBuiltWithCompilersThatAreNewEnough(t *testing.T) {
	all, last := stages(t)
	for _, test := range []struct{ image, name, least string }{
		{all["engine"].image, "rust", found(t, contents(t, repository+"/Cargo.toml"), `(?m)^rust-version = "([\d.]+)"$`)},
		{all["bridge"].image, "golang", found(t, contents(t, "../go.mod"), `(?m)^go ([\d.]+)$`)},
		{last.image, "kong", "3.8"}, // README.md says why
	} {
		has, least := "go"+found(t, test.image, `^`+test.name+`:([\d.]+)`), "go"+test.least // all are numbered as Go is
		if !version.IsValid(has) || !version.IsValid(least) || version.Compare(has, least) < 0 {
			t.Errorf("%s is older than %s", test.image, test.least)
		}
	}
}
