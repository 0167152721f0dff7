//go:build postfix || patroni

package trial

import (
	"path/filepath"
	"testing"
)

// tools is where scripts/need unpacks the servers. They are not installed, so that
// none starts by itself and nothing of the machine changes.
const tools = "../../../.keur/tools"

// nobody is the user and the group that Debian's base has for what owns nothing.
const nobody = 65534

// tool returns the one place that a pattern below tools stands for.
func tool(t *testing.T, pattern string) string {
	t.Helper()
	root, err := filepath.Abs(tools)
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(found) == 0 {
		t.Fatalf("there is no %s in %s: make postfix and make failover unpack what they need", pattern, root)
	}
	return found[0]
}
