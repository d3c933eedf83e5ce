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
      },
      {
        "internalType": "address",
        "name": "hospital",
        "type": "address"
      }
    ],
    "name": "anchorBy",
    "outputs": [
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
  '0x60a0604052348015600f57600080fd5b50604051610736380380610736833981016040819052602c91603c565b6001600160a01b0316608052606a565b600060208284031215604d57600080fd5b81516001600160a01b0381168114606357600080fd5b9392505050565b6080516106aa61008c60003960008181610139015261027001526106aa6000f3fe608060405234801561001057600080fd5b506004361061004c5760003560e01c806356238fc0146100515780638401977d14610092578063c41c2f241461012c578063f04c50f114610163575b600080fd5b61006461005f3660046105cd565b610186565b6040805165ffffffffffff909416845263ffffffff9092166020840152908201526060015b60405180910390f35b6100f06100a036600461060d565b60ff919091166000908152602081815260408083209383529290522080546001909101546001600160a01b03821692600160a01b830465ffffffffffff1692600160d01b900463ffffffff169190565b604080516001600160a01b03909516855265ffffffffffff909316602085015263ffffffff909116918301919091526060820152608001610089565b6040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152602001610089565b610176610171366004610637565b610235565b6040519015158152602001610089565b60ff831660009081526020818152604080832085845290915281208054829182916001600160a01b03868116911614610204575060ff608087171660009081526020818152604080832081518084018a90526001600160a01b0389168184015282518082038401815260609091018352805190840120845290915290205b8054600190910154600160a01b820465ffffffffffff1698600160d01b90920463ffffffff16975095509350505050565b6040517f4c1f846c00000000000000000000000000000000000000000000000000000000815233600482015260009081906001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001690634c1f846c90602401602060405180830381865afa1580156102b7573d6000803e3d6000fd5b505050506040513d601f19601f820116820180604052508101906102db9190610686565b90506001600160a01b038116610324576040517f299273bf0000000000000000000000000000000000000000000000000000000081523360048201526024015b60405180910390fd5b600160ff87161115610367576040517f0d0fd74500000000000000000000000000000000000000000000000000000000815260ff8716600482015260240161031b565b8461039e576040517f4a708b1500000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b63ffffffff841615806103b8575061200063ffffffff8516115b156103f7576040517f6a20204c00000000000000000000000000000000000000000000000000000000815263ffffffff8516600482015260240161031b565b60ff8616600090815260208181526040808320888452909152902080546001600160a01b0316156104a85780546001600160a01b0380841691160361044157600092505050610597565b6080871760ff1660009081526020818152604080832081518084018b90526001600160a01b03871681840152825180820384018152606090910183528051908401208452909152902080549091506001600160a01b0316156104a857600092505050610597565b80547fffff00000000000000000000ffffffffffffffffffffffffffffffffffffffff16600160d01b63ffffffff87169081027fffffffffffff000000000000ffffffffffffffffffffffffffffffffffffffff1691909117600160a01b4365ffffffffffff1602177fffffffffffffffffffffffff0000000000000000000000000000000000000000166001600160a01b0384169081178355600183018690556040805160ff8b168152602081019390935282018690529087907f22d4013e2bcb64e35f259f33ab89f450cf9914b6e0ec4ef0ddbac15e19deac6e9060600160405180910390a36001925050505b949350505050565b803560ff811681146105b057600080fd5b919050565b6001600160a01b03811681146105ca57600080fd5b50565b6000806000606084860312156105e257600080fd5b6105eb8461059f565b9250602084013591506040840135610602816105b5565b809150509250925092565b6000806040838503121561062057600080fd5b6106298361059f565b946020939093013593505050565b6000806000806080858703121561064d57600080fd5b6106568561059f565b935060208501359250604085013563ffffffff8116811461067657600080fd5b9396929550929360600135925050565b60006020828403121561069857600080fd5b81516106a3816105b5565b939250505056'

/** keccak256 of the runtime code with every immutable zero. */
export const runtimeBytecodeHash = '0xea00ed01dbca23b39b9690350d6cbdecbf23aee94e94af94cb2f25d8f2e9e956'

/** Where immutables lie in the runtime code, in bytes. */
export const immutables = [{"start":313,"length":32},{"start":624,"length":32}] as const

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
