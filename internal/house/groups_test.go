package house

import (
	"fmt"
	"strings"
	"testing"
)

// groups complains about imports of ours that stand in one group with others:
// ours come last, in a group of their own.
func (s source) groups() []string {
	var complaints []string
	lines := strings.Split(string(s.text), "\n")
	for _, spec := range s.file.Imports {
		line := s.set.Position(spec.Pos()).Line
		next := strings.TrimSpace(lines[line])
		if next == "" || next == ")" || !strings.HasSuffix(next, `"`) {
			continue
		}
		if ours(spec.Path.Value) != ours(next[strings.Index(next, `"`):]) {
			complaints = append(complaints, fmt.Sprintf(
				"%s:%d: imports of ours stand in a group of their own, after the others", s.path, line))
		}
	}
	return complaints
}

func ours(quoted string) bool { return strings.HasPrefix(quoted, `"keur/`) }

func TestGroupsBite(t *testing.T) {
	t.Parallel()
	for imports, bad := range map[string]bool{
		"\t\"fmt\"\n\t\"time\"\n\n\t\"keur/labels\"\n\t\"keur/members\"": false,
		"\t\"fmt\"\n\n\tcopied \"keur/labels\"":                          false,
		"\t\"fmt\"\n\t\"keur/labels\"\n\t\"time\"":                       true,
		"\t\"github.com/lib/pq\"\n\t\"keur/labels\"":                     true,
		"\t\"keur/labels\"\n\tsql \"github.com/lib/pq\"":                 true,
	} {
		s, err := parse("members/member.go", []byte("package p\n\nimport (\n"+imports+"\n)\n"))
		if err != nil {
			t.Fatal(err)
		}
		if complaints := s.groups(); (len(complaints) > 0) != bad {
			t.Errorf("%s: %q", imports, complaints)
		}
	}
}
