package postgres

import (
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A server that only begins doesn't hear that it shall end, and ends all the same:
// here this program is one that overhears it once.
func TestAServerThatBeginsIsStopped(t *testing.T) {
	const serves = "KEUR_SERVES"
	if begun := os.Getenv(serves); begun != "" {
		heard := make(chan os.Signal, 1)
		signal.Notify(heard, syscall.SIGQUIT)
		if err := os.WriteFile(begun, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		<-heard
		<-heard
		os.Exit(0)
	}
	begun, rubbish := filepath.Join(t.TempDir(), "begun"), t.TempDir()
	t.Setenv(serves, begun)
	g, err := startGuard([]string{os.Args[0], "-test.run=^TestAServerThatBeginsIsStopped$"}, nil, account{}, []string{rubbish})
	if err != nil {
		t.Fatal(err)
	}
	for soon := time.Now().Add(time.Minute); ; {
		if _, err := os.Stat(begun); err == nil {
			break
		}
		if time.Now().After(soon) {
			t.Fatal("it doesn't begin")
		}
	}
	_ = g.pipe.Close() // as the end of this process would
	select {
	case <-g.ended:
	case <-time.After(time.Minute):
		t.Fatal("it lives on")
	}
	if _, err := os.Stat(rubbish); !os.IsNotExist(err) {
		t.Errorf("what it had is left: %v", err)
	}
}
