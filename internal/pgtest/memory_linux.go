package pgtest

import "syscall"

// memoryFolder is where Linux has files in memory.
const memoryFolder = "/dev/shm"

// roomInMemory is how many bytes have to be free there.
const roomInMemory = 4 << 30

// inMemory returns the folder for what needn't outlive the tests, or "" where
// there is none with room. Each test's base is some thousand files, and making
// and removing them takes the file system of a disk more time than the tests.
func inMemory() string {
	var at syscall.Statfs_t
	const tmpfs = 0x01021994 // TMPFS_MAGIC of linux/magic.h
	if err := syscall.Statfs(memoryFolder, &at); err != nil || at.Type != tmpfs {
		return ""
	}
	if at.Bavail*uint64(at.Bsize) < roomInMemory || syscall.Access(memoryFolder, 0o3) != nil { // to enter and to write
		return ""
	}
	return memoryFolder
}
