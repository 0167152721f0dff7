package tabular

import (
	"fmt"
	"io"
	"os"
)

// Spool returns what can be read twice: file itself, or a copy of a stream in a
// temporary file, which done removes.
func Spool(file io.Reader) (seekable io.ReadSeeker, done func(), err error) {
	if s, ok := file.(io.ReadSeeker); ok {
		if _, err := s.Seek(0, io.SeekCurrent); err == nil { // a pipe is a file too, but can't
			return s, func() {}, nil
		}
	}
	copied, err := os.CreateTemp("", "keur-import-")
	if err != nil {
		return nil, nil, fmt.Errorf("keep the file for a moment: %w", err)
	}
	// Without a name at once: members' data doesn't stay behind if keur is killed.
	_ = os.Remove(copied.Name())
	if _, err := io.Copy(copied, file); err != nil {
		_ = copied.Close()
		return nil, nil, fmt.Errorf("read the file: %w", err)
	}
	return copied, func() { _ = copied.Close() }, nil
}
