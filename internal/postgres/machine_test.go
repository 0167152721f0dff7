package postgres

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestServersFitTheirMachine: PostgreSQL of our own takes a share of memory and
// disk, neither nothing of a small machine nor all of a large one.
func TestServersFitTheirMachine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		on   Machine
		want string
	}{
		"not known":        {Machine{}, "512MB 2GB 32MB 256MB 4GB"},
		"512 MB, 2 GB":     {Machine{512 * mega, 2 * giga}, "128MB 512MB 8MB 64MB 512MB"},
		"4 GB, 20 GB free": {Machine{4 * giga, 20 * giga}, "512MB 2GB 8MB 128MB 2GB"},
		"24 GB, 200 GB":    {Machine{24 * giga, 200 * giga}, "3GB 12GB 48MB 768MB 4GB"},
		"256 GB, 4 TB":     {Machine{256 * giga, 4096 * giga}, "4GB 64GB 64MB 1GB 4GB"},
	} {
		got := Usual(c.on)
		var all []string
		for _, setting := range []string{"shared_buffers", "effective_cache_size", "work_mem", "maintenance_work_mem", "max_wal_size"} {
			all = append(all, got[setting])
		}
		if said := strings.Join(all, " "); said != c.want {
			t.Errorf("%s: %s, want %s", name, said, c.want)
		}
	}
}

// TestThisMachine: memory is read where Linux names it, and disk also of a folder
// that isn't there yet.
func TestThisMachine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "meminfo")
	if err := os.WriteFile(path, []byte("MemFree:  12 kB\nMemTotal:       24551044 kB\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := memoryOf(path); got != 24551044<<10 {
		t.Errorf("%d", got)
	}
	if got := memoryOf(path + "x"); got != 0 {
		t.Errorf("without the file: %d", got)
	}
	here, below := ThisMachine(t.TempDir()), ThisMachine(filepath.Join(t.TempDir(), "not", "there"))
	if here.Disk <= 0 || below.Disk <= 0 {
		t.Errorf("%+v, %+v", here, below)
	}
}
