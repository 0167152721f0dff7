package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// console is where a command reads and writes.
type console struct {
	in       io.Reader
	out, err io.Writer
}

// interactive reports whether a person sits at the other end.
func (c console) interactive() bool {
	file, ok := c.in.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// askPassword asks for a new password twice without showing it, or takes the
// first line of standard input if that is no terminal.
func (c console) askPassword() (string, error) {
	password, err := c.askSecret("Password: ")
	if err != nil || !c.interactive() {
		return password, err
	}
	again, err := c.askSecret("Once more: ")
	if err == nil && again != password {
		err = errors.New("the two passwords differ")
	}
	return password, err
}

// askSecret asks for what isn't shown while it is typed, or takes the next line
// of standard input if that is no terminal.
func (c console) askSecret(prompt string) (string, error) {
	if file, ok := c.in.(*os.File); ok && c.interactive() {
		fmt.Fprint(c.err, prompt)
		text, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(c.err)
		if err != nil {
			return "", fmt.Errorf("read what was typed: %w", err)
		}
		return string(text), nil
	}
	var line []byte
	for one := make([]byte, 1); ; { // no byte more, which is the next question's
		n, err := c.in.Read(one)
		if n > 0 && one[0] == '\n' || errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", fmt.Errorf("read standard input: %w", err)
		}
		line = append(line, one[:n]...)
	}
	text := strings.TrimRight(string(line), "\r")
	if text == "" {
		return "", errors.New("there is no password or code on standard input")
	}
	return text, nil
}
