package postgres

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"keur/internal/redact"
)

// Machine is what a server of our own shares with Keur and whatever else runs
// there, in bytes; 0: it isn't known.
type Machine struct {
	Memory int64 // that may be used: the machine's, or its container's
	Disk   int64 // that is free where its data is
}

// ThisMachine returns the machine that we run on, with the disk that dir is on.
// dir needn't be there yet.
func ThisMachine(dir string) Machine {
	m := Machine{Memory: memoryOf("/proc/meminfo")}
	// Of a container's limit; both forms say "max" or a huge number for none.
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if text, err := os.ReadFile(path); err == nil {
			if limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && limit < m.Memory {
				m.Memory = limit
			}
		}
	}
	for dir != "" {
		var disk syscall.Statfs_t
		if syscall.Statfs(dir, &disk) == nil {
			m.Disk = int64(disk.Bavail) * int64(disk.Bsize) //nolint:unconvert // their types differ from system to system
			break
		}
		up := dir[:max(strings.LastIndexByte(dir, '/'), 0)]
		if up == dir {
			break
		}
		dir = up
	}
	return m
}

// memoryOf returns the memory that Linux names in /proc/meminfo, in kB; 0 where
// there is no such file.
func memoryOf(path string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) >= 2 && fields[0] == "MemTotal:" {
			kb, _ := strconv.ParseInt(fields[1], 10, 64)
			return kb << 10
		}
	}
	return 0
}

const (
	mega = 1 << 20
	giga = 1 << 30
)

// share returns a part of all, within bounds, as PostgreSQL shows it; usual where
// all isn't known.
func share(all, part, least, most, usual int64) string {
	n := usual
	if all > 0 {
		n = min(max(all/part, least), most)
	}
	if n = n / mega; n%1024 == 0 {
		return fmt.Sprintf("%dGB", n/1024)
	}
	return fmt.Sprintf("%dMB", n)
}

// settings returns what of a server depends on the machine. Keur itself, with its
// copies for counting, and the file cache need the rest.
func (m Machine) settings() map[string]string {
	return map[string]string{
		"shared_buffers":       share(m.Memory, 8, 128*mega, 4*giga, 512*mega),
		"effective_cache_size": share(m.Memory, 2, 512*mega, 64*giga, 2*giga),
		"work_mem":             share(m.Memory, 512, 8*mega, 64*mega, 32*mega),
		"maintenance_work_mem": share(m.Memory, 32, 64*mega, giga, 256*mega),
		"max_wal_size":         share(m.Disk, 10, 512*mega, 4*giga, 4*giga),
	}
}

// Explain says how a server of our own would be started on a machine, with what was
// set beside, as comments of a file of settings.
func Explain(to io.Writer, on Machine, set map[string]string) error {
	settings := Usual(on)
	maps.Copy(settings, set)
	said := "\n# PostgreSQL of its own, by this machine's memory and disk and by postgres-settings:\n"
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if !redact.IsSecret(name) {
			said += fmt.Sprintf("#   %s = %s\n", name, settings[name])
		}
	}
	_, err := io.WriteString(to, said)
	return err
}
