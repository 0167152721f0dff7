//go:build crash

package trial

import "testing"

// The long forms, for `make crash`.

func TestCrashWorkers(t *testing.T) { killWorkers(t, 20_000, 10) }

func TestCrashDatabase(t *testing.T) { killDatabase(t, 20_000, 10) }

func TestCrashConnections(t *testing.T) { breakConnections(t, 20_000) }

func TestCrashPrimary(t *testing.T) { losePrimary(t, 50_000) }

func TestCrashPrimaryAndWorkers(t *testing.T) { loseBoth(t, 50_000) }

func TestCrashFrozenPrimary(t *testing.T) { freezePrimary(t, 50_000) }

func TestCrashSwitchover(t *testing.T) { switchOver(t, 50_000) }
