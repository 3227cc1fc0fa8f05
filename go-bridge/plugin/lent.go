package plugin

import (
	"google.golang.org/protobuf/encoding/protowire"
)

// Bodies are read where they lie, in what has come from Kong: go-pdk's messages copy them. What is lent is good until the
// event ends. Fields and their numbers are those of kong/include/kong/pluginsocket.proto.

// byteString is where a ByteString goes, or a String, which is the same on the wire, without its check for UTF-8.
type byteString []byte

func (b *byteString) Borrow(message []byte) error {
	return eachField(message, func(number protowire.Number, value []byte) error {
		if number == 1 {
			*b = value
		}
		return nil
	})
}

// rawBody is where a RawBodyResult goes: one of its fields.
type rawBody struct {
	kind  protowire.Number
	value []byte
}

// The fields of a RawBodyResult.
const (
	rawBodyContent protowire.Number = iota + 1
	rawBodyFilepath
	rawBodyError
)

func (b *rawBody) Borrow(message []byte) error {
	return eachField(message, func(number protowire.Number, value []byte) error {
		if number >= rawBodyContent && number <= rawBodyError {
			*b = rawBody{number, value}
		}
		return nil
	})
}

// eachField gives every field of a message that is bytes, text or a message to take; others are no news to this version.
func eachField(message []byte, take func(number protowire.Number, value []byte) error) error {
	for len(message) > 0 {
		number, kind, length := protowire.ConsumeField(message)
		if length < 0 {
			return protowire.ParseError(length)
		}
		if kind == protowire.BytesType {
			_, _, tag := protowire.ConsumeTag(message)
			value, _ := protowire.ConsumeBytes(message[tag:length])
			if err := take(number, value); err != nil {
				return err
			}
		}
		message = message[length:]
	}
	return nil
}
