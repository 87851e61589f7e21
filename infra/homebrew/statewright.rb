# The formula of a release: infra/release fills in what is between @ signs.
class Statewright < Formula
  desc "Run Amazon States Language state machines locally or in your AWS account"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/statewright-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256_AARCH64_APPLE_DARWIN@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/statewright-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256_X86_64_APPLE_DARWIN@"
    end
  end

  on_linux do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/statewright-@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256_AARCH64_UNKNOWN_LINUX_MUSL@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/statewright-@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256_X86_64_UNKNOWN_LINUX_MUSL@"
    end
  end

  def install
    bin.install "statewright"
    return unless File.directory?("completions")

    bash_completion.install "completions/statewright.bash" => "statewright"
    zsh_completion.install "completions/_statewright"
    fish_completion.install "completions/statewright.fish"
  end

  test do
    (testpath/"pass.asl.json").write <<~JSON
      {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}
    JSON
    assert_equal "{\"a\":1}", shell_output("#{bin}/statewright run pass.asl.json --input '{\"a\":1}'").strip
  end
end
