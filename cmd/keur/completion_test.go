package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestShellsComplete(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash to complete in")
	}
	status, script, trouble := keur(t, "completion", "bash")
	if status != exitDone {
		t.Fatal(trouble)
	}
	for _, c := range []struct {
		typed string
		want  []string
	}{
		{"keur us", []string{"user"}},
		{"keur user pass", []string{"passwd"}},
		{"keur --log-level warn migr", []string{"migrate"}},
		{"keur demo --we", []string{"--webhooks", "--web-address", "--web-url", "--weeks"}},
		{"keur version --data-d", []string{"--data-dir"}},
		{"keur user add --bogus", nil},
	} {
		words := strings.Fields(c.typed)
		line := script + "\nCOMP_WORDS=(" + c.typed + ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_keur\necho \"${COMPREPLY[@]}\""
		out, err := exec.CommandContext(t.Context(), bash, "--norc", "-c", line).CombinedOutput()
		if got := strings.Fields(string(out)); err != nil || !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 {
			t.Errorf("%q completes to %q, not %q: %v", words, got, c.want, err)
		}
	}
}

func TestCompletionOfOtherShells(t *testing.T) {
	t.Parallel()
	for shell, says := range map[string]string{
		"zsh": "bashcompinit\n# What keur completes", "fish": `printf '%s\t%s\n' '--weeks' 'How many weeks of mailings`,
	} {
		if status, out, trouble := keur(t, "completion", shell); status != exitDone || !strings.Contains(out, says) {
			t.Errorf("%s: status %d, %s%s", shell, status, out, trouble)
		}
	}
	if status, _, _ := keur(t, "completion", "tcsh"); status != exitUsage {
		t.Errorf("tcsh: status %d", status)
	}
}
