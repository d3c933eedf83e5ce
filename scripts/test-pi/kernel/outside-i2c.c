// SPDX-License-Identifier: GPL-2.0
/*
 * I2C adapter of a user-mode Linux machine whose chips live in a process outside of it.
 *
 * Each transfer, raw or SMBus, goes as one request over the unix socket that outside_i2c.socket= names, and its
 * answer brings the bytes read or why there are none. Whoever sleeps in a transfer lets the rest of the machine run.
 *
 * request: u32 length of what follows, u32 sequence, u32 messages, then for each u16 address, u16 flags (of
 *          struct i2c_msg), u32 length, and the bytes where they are written
 * answer:  u32 length of what follows, u32 sequence, s32 0 or a negative errno, then all bytes read, in order
 * Integers are in the byte order of the machine that both run on.
 */
#include <linux/completion.h>
#include <linux/i2c.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/string.h>
#include <irq_kern.h>
#include <irq_user.h>
#include <os.h>

#define MESSAGES_LIMIT 8
#define MESSAGE_LIMIT 1024
#define FRAME_LIMIT (16 + MESSAGES_LIMIT * (8 + MESSAGE_LIMIT))
#define ANSWER_HEAD 12

static char *socket;
module_param(socket, charp, 0444);
MODULE_PARM_DESC(socket, "unix socket at which the chips are");

static struct {
	int fd;
	int irq;
	bool broken;
	u32 sequence;
	struct completion answered;
	u8 request[FRAME_LIMIT];
	u8 answer[FRAME_LIMIT];
	size_t received;
} outside = { .fd = -1 };

static u32 word_at(const u8 *bytes)
{
	u32 word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static u8 *put_u16(u8 *at, u16 value)
{
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static u8 *put_u32(u8 *at, u32 value)
{
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

/* Whether a whole answer is there; those to requests that were given up are forgotten. */
static bool is_answered(void)
{
	while (outside.received >= ANSWER_HEAD) {
		size_t size = sizeof(u32) + word_at(outside.answer);

		if (size < ANSWER_HEAD || size > FRAME_LIMIT) {
			outside.broken = true;
			return true;
		}
		if (outside.received < size)
			return false;
		if (word_at(outside.answer + 4) == outside.sequence)
			return true;
		outside.received -= size;
		memmove(outside.answer, outside.answer + size, outside.received);
	}
	return false;
}

static irqreturn_t outside_i2c_readable(int irq, void *dev)
{
	for (;;) {
		int got = os_read_file(outside.fd, outside.answer + outside.received,
				       FRAME_LIMIT - outside.received);

		if (got == -EINTR)
			continue;
		if (got == -EAGAIN)
			break;
		if (got <= 0) {
			outside.broken = true;
			break;
		}
		outside.received += got;
		if (outside.received == FRAME_LIMIT)
			break;
	}
	if (outside.broken || is_answered())
		complete(&outside.answered);
	return IRQ_HANDLED;
}

static void disconnect(void)
{
	if (outside.fd < 0)
		return;
	um_free_irq(outside.irq, &outside);
	os_close_file(outside.fd);
	outside.fd = -1;
}

static int connect_outside(void)
{
	int fd, irq;

	if (outside.broken)
		disconnect();
	if (outside.fd >= 0)
		return 0;
	fd = os_connect_socket(socket);
	if (fd < 0)
		return -EIO;
	os_set_fd_block(fd, 0);
	outside.fd = fd;
	outside.broken = false;
	outside.received = 0;
	irq = um_request_irq(UM_IRQ_ALLOC, fd, IRQ_READ, outside_i2c_readable, IRQF_SHARED, "outside-i2c",
			     &outside);
	if (irq < 0) {
		os_close_file(fd);
		outside.fd = -1;
		return irq;
	}
	outside.irq = irq;
	return 0;
}

static int send_request(struct i2c_msg *messages, int count)
{
	u8 *at = put_u32(put_u32(outside.request + sizeof(u32), ++outside.sequence), count);
	size_t size, sent = 0;
	int index;

	for (index = 0; index < count; index++) {
		struct i2c_msg *message = &messages[index];

		at = put_u32(put_u16(put_u16(at, message->addr), message->flags), message->len);
		if (!(message->flags & I2C_M_RD)) {
			memcpy(at, message->buf, message->len);
			at += message->len;
		}
	}
	size = at - outside.request;
	put_u32(outside.request, size - sizeof(u32));
	while (sent < size) {
		int wrote = os_write_file(outside.fd, outside.request + sent, size - sent);

		if (wrote == -EINTR)
			continue;
		if (wrote <= 0)
			return -EIO;
		sent += wrote;
	}
	return 0;
}

static int take_answer(struct i2c_msg *messages, int count)
{
	size_t size = sizeof(u32) + word_at(outside.answer), at = ANSWER_HEAD;
	int status = (int)word_at(outside.answer + 8), index;

	for (index = 0; index < count && status >= 0; index++) {
		struct i2c_msg *message = &messages[index];

		if (!(message->flags & I2C_M_RD))
			continue;
		if (at + message->len > size)
			status = -EPROTO;
		else
			memcpy(message->buf, outside.answer + at, message->len);
		at += message->len;
	}
	outside.received -= size;
	memmove(outside.answer, outside.answer + size, outside.received);
	return status < 0 ? status : count;
}

/* The core lets one transfer in at a time. */
static int outside_i2c_xfer(struct i2c_adapter *adapter, struct i2c_msg *messages, int count)
{
	int result = connect_outside();

	if (result < 0)
		return result;
	reinit_completion(&outside.answered);
	result = send_request(messages, count);
	if (result < 0) {
		outside.broken = true;
		return result;
	}
	if (!wait_for_completion_timeout(&outside.answered, adapter->timeout))
		return -ETIMEDOUT;
	if (outside.broken)
		return -EIO;
	return take_answer(messages, count);
}

static u32 outside_i2c_functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;
}

static const struct i2c_algorithm outside_i2c_algorithm = {
	.master_xfer = outside_i2c_xfer,
	.functionality = outside_i2c_functionality,
};

static const struct i2c_adapter_quirks outside_i2c_quirks = {
	.max_num_msgs = MESSAGES_LIMIT,
	.max_write_len = MESSAGE_LIMIT,
	.max_read_len = MESSAGE_LIMIT,
};

static struct i2c_adapter outside_i2c_adapter = {
	.owner = THIS_MODULE,
	.name = "chips outside",
	.nr = 1,
	.algo = &outside_i2c_algorithm,
	.quirks = &outside_i2c_quirks,
};

static int __init outside_i2c_init(void)
{
	if (!socket)
		return 0;
	init_completion(&outside.answered);
	outside_i2c_adapter.timeout = HZ;
	return i2c_add_numbered_adapter(&outside_i2c_adapter);
}
late_initcall(outside_i2c_init);

MODULE_DESCRIPTION("I2C adapter whose chips live outside of the machine");
MODULE_LICENSE("GPL");
