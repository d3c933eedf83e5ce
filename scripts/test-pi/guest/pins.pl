#!/usr/bin/perl
# The pins of the test Pi: a GPIO chip as a Pi 3B has it, whose lines are driven and seen from outside.
# On /dev/ttyS0 comes "drive LINE LEVEL" and "watch LINE"; "level LINE LEVEL" goes out for each line that is watched,
# at once and whenever the machine changes it, in the order in which they were named: what is to be there before
# another changes is named before it. "ready BASE" goes out first.
use strict;
use warnings;
use IO::Handle;

my ($label, $lines) = ('pinctrl-bcm2835', 54);
my $config = '/sys/kernel/config/gpio-sim/pi';
system('mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config') == 0 or die "configfs\n";
mkdir "/sys/kernel/config/gpio-sim/pi" or die "gpio-sim: $!\n";
mkdir "$config/bank0" or die "gpio-sim bank: $!\n";
put("$config/bank0/num_lines", $lines);
put("$config/bank0/label", $label);
put("$config/live", 1);
my $chip = '/sys/devices/platform/' . get("$config/dev_name") . '/' . get("$config/bank0/chip_name");
my ($base) = map { get("$_/base") } grep { get("$_/label") eq $label } glob('/sys/class/gpio/gpiochip*');
# As Raspberry Pi OS does, whose rules do the same for each line that is exported.
system('chgrp gpio /sys/class/gpio/export /sys/class/gpio/unexport && chmod g+w /sys/class/gpio/export /sys/class/gpio/unexport') == 0
    or die "gpio group\n";

system('stty -F /dev/ttyS0 raw -echo') == 0 or die "stty\n";
open(my $outside, '+<', '/dev/ttyS0') or die "ttyS0: $!\n";
$outside->autoflush(1);
my (%seen, @watched, $rest);
$rest = '';
put('/run/test-pi-pins', '');
syswrite($outside, "ready $base\n");
while (1) {
    my $readable = '';
    vec($readable, fileno($outside), 1) = 1;
    if (select($readable, undef, undef, %seen ? 0.004 : undef)) {
        sysread($outside, $rest, 4096, length $rest) or exit;
        while ($rest =~ s/^([^\n]*)\n//) {
            my ($verb, $line, $level) = split ' ', $1;
            next unless defined $line and $line =~ /^\d+$/ and $line < $lines;
            put("$chip/sim_gpio$line/pull", $level ? 'pull-up' : 'pull-down') if $verb eq 'drive';
            next unless $verb eq 'watch';
            push @watched, $line unless exists $seen{$line};
            $seen{$line} = -1;
        }
    }
    for my $line (@watched) {
        my $level = get("$chip/sim_gpio$line/value");
        next if $level == $seen{$line};
        $seen{$line} = $level;
        syswrite($outside, "level $line $level\n");
    }
}

sub put {
    my ($path, $value) = @_;
    open(my $file, '>', $path) or die "$path: $!\n";
    print $file $value;
    close($file) or die "$path: $!\n";
}

sub get {
    my ($path) = @_;
    open(my $file, '<', $path) or die "$path: $!\n";
    my $value = <$file> // '';
    chomp $value;
    return $value;
}
