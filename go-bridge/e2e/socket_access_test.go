package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"aws-masker/go-bridge/kongsim"
)

// socketOf starts the plugin server with flags and returns its socket's mode and group.
func socketOf(t *testing.T, path string, flags ...string) (os.FileMode, uint32) {
	t.Helper()
	var said lines
	server := kongsim.Start(append([]string{binary}, flags...), nil, said.add)
	t.Cleanup(func() {
		if err := server.Stop(patience); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("plugin server's log:\n%s", &said)
		}
	})
	if err := kongsim.WaitForSocket(path, patience); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm(), info.Sys().(*syscall.Stat_t).Gid
}

// TestTheManualsSocketIsForItsGroup runs the command of kong/README.md for a server that Kong does not start, with another
// directory and a group of this machine.
func TestTheManualsSocketIsForItsGroup(t *testing.T) {
	manual, err := os.ReadFile(filepath.Join(repository, "kong/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?m)^ {4}aws-masker (-socket (\S+) .* -socket-group (\S+))$`).FindStringSubmatch(string(manual))
	if command == nil {
		t.Fatal("kong/README.md has no such command")
	}
	group := os.Getgid()
	if os.Getuid() == 0 {
		group = 1 // any that is not root's
	}
	path := filepath.Join(t.TempDir(), "s")
	flags := strings.Fields(strings.NewReplacer(command[2], path, "-socket-group "+command[3], "-socket-group "+strconv.Itoa(group)).Replace(command[1]))
	if mode, owner := socketOf(t, path, flags...); mode != 0o660 || int(owner) != group {
		t.Errorf("%v: mode %v, group %d", flags, mode, owner)
	}
}

// TestASocketIsItsOwnersAlone unless the flags say otherwise, as the manual has it.
func TestASocketIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if mode, owner := socketOf(t, path, "-socket", path); mode != 0o600 || int(owner) != os.Getgid() {
		t.Errorf("mode %v, group %d", mode, owner)
	}
}
