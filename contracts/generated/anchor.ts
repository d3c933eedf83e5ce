// Compiled from contracts/src/Anchor.sol by `npm run generate -w @hygeia/contracts`. Do not edit.

export const abi = [
  {
    "inputs": [
      {
        "internalType": "contract IDirectory",
        "name": "directory_",
        "type": "address"
      }
    ],
    "stateMutability": "nonpayable",
    "type": "constructor"
  },
  {
    "inputs": [
      {
        "internalType": "uint32",
        "name": "count",
        "type": "uint32"
      }
    ],
    "name": "AnchorCountOutOfRange",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "AnchorEmptyRoot",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "AnchorUnauthorizedAccount",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint8",
        "name": "kind",
        "type": "uint8"
      }
    ],
    "name": "AnchorUnknownKind",
    "type": "error"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "hospital",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "uint8",
        "name": "kind",
        "type": "uint8"
      },
      {
        "indexed": false,
        "internalType": "uint32",
        "name": "count",
        "type": "uint32"
      },
      {
        "indexed": false,
        "internalType": "bytes32",
        "name": "manifest",
        "type": "bytes32"
      }
    ],
    "name": "Anchored",
    "type": "event"
  },
  {
    "inputs": [
      {
        "internalType": "uint8",
        "name": "kind",
        "type": "uint8"
      },
      {
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      },
      {
        "internalType": "uint32",
        "name": "count",
        "type": "uint32"
      },
      {
        "internalType": "bytes32",
        "name": "manifest",
        "type": "bytes32"
      }
    ],
    "name": "anchor",
    "outputs": [
      {
        "internalType": "bool",
        "name": "recorded",
        "type": "bool"
      }
    ],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "uint8",
        "name": "kind",
        "type": "uint8"
      },
      {
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      }
    ],
    "name": "anchorOf",
    "outputs": [
      {
        "internalType": "address",
        "name": "hospital",
        "type": "address"
      },
      {
        "internalType": "uint48",
        "name": "blockNumber",
        "type": "uint48"
      },
      {
        "internalType": "uint32",
        "name": "count",
        "type": "uint32"
      },
      {
        "internalType": "bytes32",
        "name": "manifest",
        "type": "bytes32"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "directory",
    "outputs": [
      {
        "internalType": "contract IDirectory",
        "name": "",
        "type": "address"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  }
] as const

/** Creation code; the constructor's arguments follow it in a deployment. */
export const bytecode =
  '0x60a0604052348015600f57600080fd5b50604051610605380380610605833981016040819052602c91603c565b6001600160a01b0316608052606a565b600060208284031215604d57600080fd5b81516001600160a01b0381168114606357600080fd5b9392505050565b60805161057961008c6000396000818161011a01526101a201526105796000f3fe608060405234801561001057600080fd5b50600436106100415760003560e01c80638401977d14610046578063c41c2f241461010d578063f04c50f114610144575b600080fd5b6100cc6100543660046104d0565b60ff919091166000908152602081815260408083209383529290522080546001909101546001600160a01b0382169274010000000000000000000000000000000000000000830465ffffffffffff16927a010000000000000000000000000000000000000000000000000000900463ffffffff169190565b604080516001600160a01b03909516855265ffffffffffff909316602085015263ffffffff9091169183019190915260608201526080015b60405180910390f35b6040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152602001610104565b6101576101523660046104fa565b610167565b6040519015158152602001610104565b6040517f4c1f846c00000000000000000000000000000000000000000000000000000000815233600482015260009081906001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001690634c1f846c90602401602060405180830381865afa1580156101e9573d6000803e3d6000fd5b505050506040513d601f19601f8201168201806040525081019061020d9190610549565b90506001600160a01b038116610256576040517f299273bf0000000000000000000000000000000000000000000000000000000081523360048201526024015b60405180910390fd5b600160ff87161115610299576040517f0d0fd74500000000000000000000000000000000000000000000000000000000815260ff8716600482015260240161024d565b846102d0576040517f4a708b1500000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b63ffffffff841615806102ea575061200063ffffffff8516115b15610329576040517f6a20204c00000000000000000000000000000000000000000000000000000000815263ffffffff8516600482015260240161024d565b60ff86166000908152602081815260408083208884529091529020546001600160a01b03161561035d5760009150506104b2565b6040518060800160405280826001600160a01b031681526020014365ffffffffffff1681526020018563ffffffff168152602001848152506000808860ff1660ff168152602001908152602001600020600087815260200190815260200160002060008201518160000160006101000a8154816001600160a01b0302191690836001600160a01b0316021790555060208201518160000160146101000a81548165ffffffffffff021916908365ffffffffffff160217905550604082015181600001601a6101000a81548163ffffffff021916908363ffffffff16021790555060608201518160010155905050806001600160a01b0316857f22d4013e2bcb64e35f259f33ab89f450cf9914b6e0ec4ef0ddbac15e19deac6e8887876040516104a49392919060ff93909316835263ffffffff919091166020830152604082015260600190565b60405180910390a360019150505b949350505050565b803560ff811681146104cb57600080fd5b919050565b600080604083850312156104e357600080fd5b6104ec836104ba565b946020939093013593505050565b6000806000806080858703121561051057600080fd5b610519856104ba565b935060208501359250604085013563ffffffff8116811461053957600080fd5b9396929550929360600135925050565b60006020828403121561055b57600080fd5b81516001600160a01b038116811461057257600080fd5b939250505056'

/** keccak256 of the runtime code with every immutable zero. */
export const runtimeBytecodeHash = '0x8e545d5f6c4533b205d188dd421c3f68d362146e32ca2ebc83b778907c6a93d7'

/** Where immutables lie in the runtime code, in bytes. */
export const immutables = [{"start":282,"length":32},{"start":418,"length":32}] as const

/** First slot of each state variable, and where the fields of structs lie from theirs: bytes from a word's low end. */
export const storage = {
  "variables": {
    "_records": 0
  },
  "structs": {
    "Record": {
      "hospital": {
        "slot": 0,
        "offset": 0,
        "bytes": 20
      },
      "blockNumber": {
        "slot": 0,
        "offset": 20,
        "bytes": 6
      },
      "count": {
        "slot": 0,
        "offset": 26,
        "bytes": 4
      },
      "manifest": {
        "slot": 1,
        "offset": 0,
        "bytes": 32
      }
    }
  }
} as const
