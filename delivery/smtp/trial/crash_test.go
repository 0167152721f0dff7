//go:build crash

package trial

import "testing"

// The long forms, for `make crash`.

func TestCrashWorkers(t *testing.T) { killWorkers(t, 20_000, 10) }

func TestCrashDatabase(t *testing.T) { killDatabase(t, 20_000, 10) }

func TestCrashConnections(t *testing.T) { breakConnections(t, 20_000) }
